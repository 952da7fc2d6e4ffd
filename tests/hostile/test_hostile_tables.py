"""Whatever the table: a command does its work or says in words why not; it never ends with a traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.hostile.case import Case
from tests.hostile.commands import outcomes
from tests.hostile.tables import cases


def faults(case: Case) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        return [outcome.fault for outcome in outcomes(case, Path(folder)) if outcome.fault]


@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_no_table_ends_in_a_traceback(case: Case):
    assert not faults(case)
