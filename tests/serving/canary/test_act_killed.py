"""`turnstile canary --act` killed at any line: the next start does what was to be done, once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from serving.ab.arms import CANARY, STABLE
from serving.canary.acting import act
from serving.canary.looking import look
from serving.releases.state import read
from tests.killed import apart, killed_at
from tests.made_canaries import NEW, OLD, asked, two_arms
from tests.made_versions import taxi

pytestmark = pytest.mark.slow  # starts many processes

WATCHED = tuple(str(Path("serving", part).resolve()) for part in ("canary", "releases"))


@pytest.mark.parametrize(("noise", "version"), [(0.0, NEW), (8.0, OLD)], ids=["promote", "retire"])
def test_killed_at_any_line_the_next_start_goes_on_rightly(tmp_path, noise, version):
    apart(kill_at_each_line, tmp_path, noise, version)


def kill_at_each_line(folder, noise, version):
    two_arms(folder / "before", max_rise=0.1)
    question = asked(folder, 320, noise)
    looked = look(taxi(folder / "before"), question)
    old, new, step = {STABLE: OLD, CANARY: NEW}, {STABLE: version, CANARY: version}, 0
    while True:
        shutil.copytree(folder / "before", there := folder / str(step))
        where = taxi(there)
        if not killed_at(step, lambda where=where: act(where, looked), WATCHED, {"change"}):
            break
        assert read(where).labels in (old, new)
        for _ in range(2):  # the next hours
            act(where, look(where, question))
            state = read(where)
            assert state.labels == new
            assert [bool(entry.evidence) for entry in state.entries] == [False, False, True]
        shutil.rmtree(there)
        step += 1
    assert step > 50, "the kills did not reach into the command"
