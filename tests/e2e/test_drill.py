"""The release drill of benchmarks/, in short: versions come and go under load, and no client notices anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import drill as drill_of
from benchmarks.closed_loop_clients import Answer
from benchmarks.drill import Drill, Step, drill


def test_no_request_fails_while_versions_are_pushed_promoted_and_rolled_back(trained):
    found = drill(Path(trained[1].model_dir), seconds=10)
    assert ([step.name for step in found.steps][1:]) == ["push 2", "promote 2", "push 3", "rollback", "push 4"]
    assert found.steps[-1].labels == {"stable": 1, "canary": 4}
    assert {answer.error for answer in found.failed} == set()
    assert found.stray == []
    assert {(a.label, a.version) for a in found.answers} == {
        ("stable", 1), ("canary", 1), ("canary", 2), ("stable", 2), ("canary", 3), ("canary", 4),
    }  # fmt: skip
    assert [found.follows(step) for step in found.late] == []


STEPS = [
    Step("push 1", 0, 1, {"stable": 1, "canary": 1}),
    Step("promote 2", 10, 11, {"stable": 2, "canary": 1}),
    Step("rollback", 20, 21, {"stable": 1, "canary": 1}),
]
RIGHT = [
    Answer("stable", 5, 5.1, 1),
    Answer("stable", 11.1, 11.2, 1),  # the server had not seen it yet
    Answer("stable", 11.4, 11.5, 2),
    Answer("stable", 11.3, 11.6, 1),  # was under way
    Answer("canary", 15, 15.1, 1),
    Answer("stable", 21.4, 21.5, 1),
]


def test_the_drill_knows_a_right_answer():
    found = Drill(STEPS, RIGHT)
    assert (found.stray, found.late) == ([], [])
    assert found.follows(STEPS[1]) == {"stable": pytest.approx(0.5)}
    assert len(drill_of.table(found)) == 2 + 2


@pytest.mark.parametrize(
    "answer",
    [
        Answer("stable", 5, 5.1, 2),  # not promoted yet
        Answer("stable", 12, 12.1, 1),  # sent after another client had been answered by 2
        Answer("canary", 12, 12.1, 2),  # never was canary
        Answer("stable", 22, 22.1, 2),  # rolled back from
        Answer("stable", 15, 15.1, 7),
    ],
)
def test_the_drill_knows_a_wrong_answer(answer):
    assert Drill(STEPS, [*RIGHT, answer]).stray == [answer]


def test_the_drill_knows_a_late_step_and_a_failure():
    slow = [answer for answer in RIGHT if answer.sent < 21] + [Answer("stable", 23.4, 23.5, 1)]
    assert Drill(STEPS, slow).late == [STEPS[2]]
    failure = Answer("stable", 5, 5.1, 0, "ValueError: 500")
    assert Drill(STEPS, [*RIGHT, failure]).failed == [failure]
