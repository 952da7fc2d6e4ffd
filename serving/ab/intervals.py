"""How sure a difference between two arms is: intervals for proportions and means, and how many it takes to see one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from scipy.special import stdtrit

POWER = 0.8  # Cohen, Statistical Power Analysis (1988): a missed difference weighs a quarter of a false one


@dataclass(frozen=True)
class Interval:
    """An estimate, and between what it lies."""

    value: float
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Sample:
    """Numbers of one arm, by their count, mean and variance (of a sample: over count - 1)."""

    count: int
    mean: float
    variance: float

    @classmethod
    def of(cls, values: list[float]) -> Sample:
        """Sums values up."""
        # From the first one on: values that are all the same have exactly that mean, and no variance.
        mean = values[0] + math.fsum(value - values[0] for value in values) / len(values)
        squares = math.fsum((value - mean) ** 2 for value in values)
        return cls(len(values), mean, squares / (len(values) - 1) if len(values) > 1 else 0.0)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(hits: int, count: int, confidence: float) -> Interval:
    """The score interval of a proportion (Wilson, JASA 22, 1927), good for few and for extreme counts."""
    z, p = _z(confidence), hits / count
    middle = p + z * z / (2 * count)
    half = z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    # At 0 and 1 the proportion itself is a limit, which rounding would miss.
    low = 0.0 if hits == 0 else (middle - half) / scale
    return Interval(p, low, 1.0 if hits == count else (middle + half) / scale)


def newcombe(first: Interval, second: Interval) -> Interval:
    """The interval of a difference of proportions, first - second, of their Wilson intervals.

    Newcombe, Statistics in Medicine 17, 1998, pages 873-890, method 10.
    """
    difference = first.value - second.value
    low = math.hypot(first.value - first.low, second.high - second.value)
    high = math.hypot(first.high - first.value, second.value - second.low)
    return Interval(difference, difference - low, difference + high)


def student(sample: Sample, confidence: float) -> Interval:
    """The interval of a mean (Student, Biometrika 6, 1908)."""
    half = _t(sample.count - 1, confidence) * math.sqrt(sample.variance / sample.count)
    return Interval(sample.mean, sample.mean - half, sample.mean + half)


def welch(first: Sample, second: Sample, confidence: float) -> Interval:
    """The interval of a difference of means, first - second, of unequal variances (Welch, Biometrika 34, 1947)."""
    a, b = first.variance / first.count, second.variance / second.count
    difference = first.mean - second.mean
    if not a + b:
        return Interval(difference, difference, difference)
    freedom = (a + b) ** 2 / (a**2 / (first.count - 1) + b**2 / (second.count - 1))
    half = _t(freedom, confidence) * math.sqrt(a + b)
    return Interval(difference, difference - half, difference + half)


def _t(freedom: float, confidence: float) -> float:
    return float(stdtrit(freedom, (1 + confidence) / 2))


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


def needed_for_means(first: Sample, second: Sample, difference: float, confidence: float) -> int:
    """Returns how many it takes in each arm to see means differ by `difference`, with POWER.

    The normal approximation, with both variances (as in Cohen 1988, chapter 2, for equal ones).
    """
    z = _z(confidence) + NormalDist().inv_cdf(POWER)
    return math.ceil(z * z * (first.variance + second.variance) / difference**2)
