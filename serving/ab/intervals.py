"""How sure a difference between two arms is: intervals for proportions and means, and how many it takes to see one."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import Any

import numpy as np

POWER = 0.8  # Cohen, Statistical Power Analysis (1988): a missed difference weighs a quarter of a false one


@dataclass(frozen=True)
class Interval:
    """An estimate, and between what it lies."""

    value: float
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def wilson(hits: int, count: int, confidence: float) -> Interval:
    """Returns the score interval of a proportion (Wilson, JASA 22, 1927), which is good for few and extreme counts.

    Args:
        hits: how many of `count` there are, from none to all.
        count: at least one.
        confidence: between 0 and 1.
    """
    from scipy import stats  # here, because it takes a while to load

    limits = stats.binomtest(hits, count).proportion_ci(confidence, method="wilson")
    return Interval(hits / count, float(limits.low), float(limits.high))


def newcombe(first: Interval, second: Interval) -> Interval:
    """The interval of a difference of proportions, first - second, of their Wilson intervals.

    Newcombe, Statistics in Medicine 17, 1998, pages 873-890, method 10.
    """
    difference = first.value - second.value
    low = math.hypot(first.value - first.low, second.high - second.value)
    high = math.hypot(first.high - first.value, second.value - second.low)
    return Interval(difference, difference - low, difference + high)


def student(values: Sequence[float], confidence: float) -> Interval:
    """Returns the interval of a mean (Student, Biometrika 6, 1908).

    Args:
        values: at least two.
        confidence: between 0 and 1.
    """
    from scipy import stats

    if _constant(values):
        return Interval(values[0], values[0], values[0])
    return _interval(fmean(values), lambda: stats.ttest_1samp(values, 0.0), confidence)


def welch(first: Sequence[float], second: Sequence[float], confidence: float) -> Interval:
    """Returns the interval of a difference of means, first - second, whose variances may differ.

    Welch, Biometrika 34, 1947.

    Args:
        first: at least two values.
        second: at least two values.
        confidence: between 0 and 1.
    """
    from scipy import stats

    if _constant(first) and _constant(second):
        difference = first[0] - second[0]
        return Interval(difference, difference, difference)
    difference = fmean(first) - fmean(second)
    return _interval(difference, lambda: stats.ttest_ind(first, second, equal_var=False), confidence)


def _constant(values: Sequence[float]) -> bool:
    """Says whether the values are all the same: they have no variance then, but rounding would give them some."""
    return min(values) == max(values)


def _interval(value: float, test: Callable[[], Any], confidence: float) -> Interval:
    with warnings.catch_warnings():
        # SciPy warns that the variance of one constant sample is lost to rounding. It is zero.
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)
        limits = test().confidence_interval(confidence)
    return Interval(value, float(limits.low), float(limits.high))


def needed_for_proportions(share: float, difference: float, confidence: float) -> int:
    """Returns how many it takes in each arm to see a proportion change from `share` by `difference`.

    Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd ed. 2003, formula 4.14, with POWER. The
    change is taken towards one half, where it is harder to see.
    """
    other = share + abs(difference) if share <= 0.5 else share - abs(difference)
    other = min(max(other, 0.0), 1.0)
    middle = (share + other) / 2
    under_none = _z(confidence) * math.sqrt(2 * middle * (1 - middle))
    under_some = NormalDist().inv_cdf(POWER) * math.sqrt(share * (1 - share) + other * (1 - other))
    return math.ceil(((under_none + under_some) / (share - other)) ** 2)


def needed_for_means(first: Sequence[float], second: Sequence[float], difference: float, confidence: float) -> int:
    """Returns how many it takes in each arm to see means differ by `difference`, with POWER.

    The normal approximation, with both variances (as in Cohen 1988, chapter 2, for equal ones).
    """
    z = _z(confidence) + NormalDist().inv_cdf(POWER)
    variances = float(np.var(first, ddof=1) + np.var(second, ddof=1))
    return math.ceil(z * z * variances / difference**2)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
