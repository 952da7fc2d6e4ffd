"""The canary's own code on canaries of which the truth is known: the small form of `python -m benchmarks.canary`."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import canary as bench
from serving.ab import intervals
from serving.canary.judging import PROMOTE, RETIRE


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_of_equal_arms_that_are_looked_at_100_times_few_are_decided(share):
    for kind, (wrong, naive) in bench.equal_arms(100, share, seed=5).items():
        assert wrong <= 0.05, kind
        assert naive > 0.15, kind


def test_in_a_month_what_is_better_is_promoted_and_what_is_worse_is_retired(monkeypatch):
    monkeypatch.setattr(bench, "CANARIES", {name: bench.CANARIES[name] for name in ("better", "much worse")})
    found = bench.months(10, seed=2)
    assert found["better"].verdicts == [PROMOTE] * 10
    assert found["much worse"].verdicts == [RETIRE] * 10
    assert max(found["much worse"].hours) < 24


def test_what_ab_report_would_say_is_what_it_says():
    rng = np.random.default_rng(1)
    values = rng.exponential(size=200), rng.exponential(1.5, size=300)
    sums = [bench.Sums(np.array([len(v)]), np.array([v.sum()]), np.array([(v**2).sum()])) for v in values]
    interval = intervals.welch(list(values[0]), list(values[1]), 0.95)
    said = PROMOTE if interval.high < 0 else RETIRE if interval.low > 0 else "wait"
    assert bench.by_ab_report(*sums)[0] == said
