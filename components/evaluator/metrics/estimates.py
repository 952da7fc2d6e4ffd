"""A number measured on some rows, and the intervals that it gives: how far chance alone may have moved it.

The rows that a model is judged on are a sample. Intervals of 95 % are made so that, of many samples, 95 in 100 have
the number of all possible rows in theirs. docs/gates.md shows how often they do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from scipy import stats


class Measured(Protocol):
    """A number measured on some rows."""

    @property
    def value(self) -> float:
        """The number."""

    def interval(self, confidence: float) -> tuple[float, float]:
        """Returns the bounds between which the number of all possible rows is; (NaN, NaN) if nothing can be told.

        Args:
            confidence: the share of such intervals that are right; 0.95, for example.
        """

    def chance_below(self, bound: float) -> float:
        """Returns the chance of a value at most this high if the number of all possible rows were `bound`.

        A small one is evidence that the number is below the bound, one near 1 that it is above; NaN if nothing can be
        told.
        """


@dataclass(frozen=True)
class Share:
    """A number from 0 to 1, with the score interval, which holds near the ends too.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).

    Attributes:
        value: the number.
        trials: of how many rows a share would vary as much as it does; NaN if the rows are too few to tell.
        freedom: degrees of freedom of that; infinitely many where it is a share of rows.
    """

    value: float
    trials: float
    freedom: float = math.inf

    def interval(self, confidence: float) -> tuple[float, float]:
        """See Measured."""
        p, n, t = self.value, self.trials, float(stats.t.ppf((1 + confidence) / 2, self.freedom))
        if math.isnan(p) or math.isnan(n):
            return math.nan, math.nan
        middle = (p + t * t / (2 * n)) / (1 + t * t / n)
        reach = t / (1 + t * t / n) * math.sqrt(p * (1 - p) / n + (t / (2 * n)) ** 2)
        return (0.0 if p == 0 else middle - reach), (1.0 if p == 1 else middle + reach)

    def chance_below(self, bound: float) -> float:
        """See Measured."""
        if math.isnan(self.value) or math.isnan(self.trials):
            return math.nan
        return _chance(self.value - bound, math.sqrt(max(bound * (1 - bound), 0) / self.trials), self.freedom)


def _exp(x: float) -> float:
    return math.exp(min(x, 700))  # of more, a float has no place for it


@dataclass(frozen=True)
class Scale:
    """Where a number's distribution is nearly a normal one: its interval is made there, and taken back.

    Attributes:
        to: from the number to the scale; increasing.
        back: the inverse.
        slope: the derivative of `to`.
        least, most: the bounds of the numbers that have a place on the scale; themselves, they have none.
    """

    to: Callable[[float], float]
    back: Callable[[float], float]
    slope: Callable[[float], float]
    least: float = -math.inf
    most: float = math.inf


SCALES = {
    "plain": Scale(lambda x: x, lambda x: x, lambda _: 1.0),
    "log": Scale(math.log, _exp, lambda x: 1 / x, least=0),
    # Of R squared, what is left to 1 is positive.
    "below_1": Scale(lambda x: -math.log(1 - x), lambda x: 1 - _exp(-x), lambda x: 1 / (1 - x), most=1),
}
_GRAIN = 1e-12  # how near its ends a number is placed on a scale


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error; its intervals are Student's t, on a scale that suits it.

    Attributes:
        value: the number.
        error: its standard error; 0 for a number that chance has no part in, NaN if the rows are too few to tell.
        freedom: degrees of freedom of the standard error.
        scale: the name of one of SCALES.
    """

    value: float
    error: float = 0.0
    freedom: float = math.inf
    scale: str = "plain"

    def interval(self, confidence: float) -> tuple[float, float]:
        """See Measured."""
        if math.isnan(self.value) or math.isnan(self.error):
            return math.nan, math.nan
        if self.error == 0:
            return self.value, self.value
        scale, at = SCALES[self.scale], self._placed(self.value)
        reach = float(stats.t.ppf((1 + confidence) / 2, self.freedom)) * self.error * scale.slope(at)
        return scale.back(scale.to(at) - reach), scale.back(scale.to(at) + reach)

    def chance_below(self, bound: float) -> float:
        """See Measured."""
        if math.isnan(self.value) or math.isnan(self.error):
            return math.nan
        scale, at = SCALES[self.scale], self._placed(self.value)
        return _chance(scale.to(at) - scale.to(self._placed(bound)), self.error * scale.slope(at), self.freedom)

    def _placed(self, number: float) -> float:
        """The nearest number that has a place on the scale."""
        scale = SCALES[self.scale]
        return min(max(number, scale.least + _GRAIN), scale.most - _GRAIN)


def _chance(apart: float, error: float, freedom: float) -> float:
    if error == 0:
        return float(apart >= 0)
    return float(stats.t.cdf(apart / error, freedom))
