"""Whatever the table: a command does its work or says in words why not; it never ends with a traceback."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.hostile.case import Case
from tests.hostile.commands import outcomes
from tests.hostile.novelty import Novelty
from tests.hostile.tables import cases

# Of the tables that hypothesis makes, one in twelve is surely not a variation of one before.
_MADE_FOR_EACH = 15


@pytest.mark.timeout(3600)  # 300 tables take ten minutes, and a failure is made smaller for five
def test_no_table_ends_in_a_traceback(request: pytest.FixtureRequest):
    tables = request.config.getoption("--hostile-tables")
    novelty, ended = Novelty(tables), Counter()

    # No database and no random seed: the same tables everywhere, until their generator changes.
    @settings(
        max_examples=tables * _MADE_FOR_EACH,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases())
    def try_one(case: Case):
        if not novelty.wants(case.traits):
            return
        with tempfile.TemporaryDirectory() as folder:
            found = outcomes(case, Path(folder))
        ended.update((outcome.command, outcome.exit_code) for outcome in found)
        faults = [outcome.fault for outcome in found if outcome.fault]
        novelty.failed |= bool(faults)
        assert not faults, "\n\n".join(faults)

    try_one()
    for (command, exit_code), times in sorted(ended.items()):
        print(f"{command}: exit code {exit_code}: {times}")
