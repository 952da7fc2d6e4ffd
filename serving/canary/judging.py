"""What the outcomes of two arms say of the canary: promote it, retire it, or wait, and for how many more outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.ab.arms import ARMS, CANARY, STABLE
from serving.ab.intervals import Interval
from serving.canary import sequence

PROMOTE, RETIRE, WAIT = "promote", "retire", "wait"

# With fewer outcomes in an arm, its variance is not known well enough for any verdict. benchmarks/canary.py shows that
# from here on the verdicts keep what they promise.
LEAST = 100
# What breaks one answer in a hundred has shown itself in 300 with a probability of 95 % (the rule of three: Hanley and
# Lippman-Hand, JAMA 249, 1983). So a canary is not promoted before, however good it looks.
LEAST_TO_PROMOTE = 300


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What is said of the canary.

    Attributes:
        verdict: PROMOTE, RETIRE or WAIT.
        margin: by how much the canary's mean loss may be above stable's.
        confidence: of the interval, at all looks together.
        outcomes: how many there are in each arm.
        losses: the mean loss in each arm; of an arm without outcomes None.
        difference: the canary's mean loss minus stable's, with its interval; None below LEAST outcomes in an arm.
        more: about how many more outcomes it takes in each arm, if the difference stays as it is; None if that is not
            known, or if none are needed.
    """

    verdict: str
    margin: float
    confidence: float
    outcomes: Mapping[str, int]
    losses: Mapping[str, float | None]
    difference: Interval | None
    more: Mapping[str, int] | None


def judged(losses: Mapping[str, Sequence[float]], margin: float, confidence: float) -> Judgement:
    """Judges the canary by the rule of the release gate: by the side of the margin that the whole interval is on.

    Args:
        losses: of each arm; the less, the better.
        margin: by how much the canary's mean loss may be above stable's; at least 0.
        confidence: between 0 and 1.
    """
    outcomes = {arm: len(losses[arm]) for arm in ARMS}
    found: dict[str, Any] = {"margin": margin, "confidence": confidence, "outcomes": outcomes}
    found["losses"] = {arm: float(np.mean(losses[arm])) if outcomes[arm] else None for arm in ARMS}
    if min(outcomes.values()) < LEAST:
        absent = {arm: max(LEAST - count, 0) for arm, count in outcomes.items()}
        return Judgement(verdict=WAIT, difference=None, more=absent, **found)
    rows = outcomes[CANARY], outcomes[STABLE]
    variances = float(np.var(losses[CANARY], ddof=1)), float(np.var(losses[STABLE], ddof=1))
    value = found["losses"][CANARY] - found["losses"][STABLE]
    half = float(sequence.half_width(rows, variances, confidence))
    between = Interval(value, value - half, value + half)
    verdict = decided(between.low, between.high, margin, min(rows))
    times = sequence.times_needed(abs(margin - value), rows, variances, confidence)
    more = _more(outcomes, times, LEAST_TO_PROMOTE if value < margin else LEAST) if verdict == WAIT else None
    return Judgement(verdict=verdict, difference=between, more=more, **found)


def decided(low: float, high: float, margin: float, fewest: int) -> str:
    """Returns the verdict of an interval of the canary's mean loss minus stable's.

    Args:
        low: the interval's lower end.
        high: its upper end.
        margin: by how much the canary's mean loss may be above stable's.
        fewest: how many outcomes there are in the arm that has fewer, at least LEAST.
    """
    if low > margin:
        return RETIRE
    return PROMOTE if high <= margin and fewest >= LEAST_TO_PROMOTE else WAIT


def _more(outcomes: Mapping[str, int], times: float | None, least: int) -> dict[str, int] | None:
    if times is None:
        return None
    times = max(times, *(least / count for count in outcomes.values()))
    return {arm: math.ceil(count * times) - count for arm, count in outcomes.items()}
