"""The range that a proposed schema has for numbers: wide enough for later rows, too narrow for another unit."""

from __future__ import annotations

import math
from collections.abc import Callable

from turnstile import times

# A first decile, a median and a ninth decile.
Middle = tuple[float, float, float]

# Where values have no long tail, a range ends at twice their distance from the median: rows that are not yet seen are
# in it, and values that are moved by their own distance, mostly three or four standard deviations, are not.
_REACH = 2
_LEAST_ROWS = 50  # to tell a tail by
_NINTH = 1.2816  # standard deviations from the median to the ninth decile of a normal distribution
_LUCK = 1.2  # how much farther than expected the farthest of some rows may be
# Where one half of the values is so many times as wide as the other, the wider one is the beginning of a tail.
_SKEWED = 2
_YEARS = (1900, 2100)
# Otherwise it ends ten times as far from 0 as the values do. Ten is midway, on a scale of factors, between 1 (the same
# data again) and 100 (the least slip of a unit: cents for dollars).
_MARGIN = 10
# Where values have a long tail, the largest of the next rows may be larger still. Of data times a hundred, a tenth of
# the rows are beyond a hundred times the ninth decile; so a range may end there, and the slip is still told. It never
# ends beyond 30 times the largest value, so that values without a tail, times a hundred, are told with certainty.
_DECILE_MARGIN = 100
_LARGEST_MARGIN = 30
# Digits of a range's end, rounded outwards: it is read by people.
_DIGITS = 2


def ends(low: float, high: float, middle: Middle | None = None, rows: int = 0) -> tuple[float, float]:
    """Returns the range to propose.

    Where nothing is below 0, nothing may be. A value of 0 often means that there is none; so 0 itself is left out only
    where all values are of one size.

    Args:
        low: the least value.
        high: the largest, which is more.
        middle: the first decile, the median and the ninth decile, if they are known.
        rows: how many values there are.
    """
    farthest = max(-low, high)
    usual = max(abs(middle[0]), abs(middle[2])) if middle else 0.0
    far = max(_MARGIN * farthest, min(_DECILE_MARGIN * usual, _LARGEST_MARGIN * farthest))
    far = _rounded(far, far, math.ceil)
    nearest = 0.0 if low < 0 < high else min(abs(low), abs(high))
    of_one_size = nearest > farthest / 2
    near = _rounded(nearest / _MARGIN, nearest / _MARGIN, math.floor) if of_one_size else 0.0
    least, most = near if low >= 0 else -far, -near if high <= 0 else far
    if middle is None or rows < _LEAST_ROWS or _tells_time(low, high):
        return least, most
    first, median, ninth = middle
    below, above = median - first, ninth - median
    down, up = _REACH * (median - low), _REACH * (high - median)
    if (low < 0 or of_one_size) and _has_no_tail(median - low, min(below, _SKEWED * above), rows):
        least = max(least, _rounded(median - down, down, math.floor))
    if (high > 0 or of_one_size) and _has_no_tail(high - median, min(above, _SKEWED * below), rows):
        most = min(most, _rounded(median + up, up, math.ceil))
    return least, most


def _has_no_tail(distance: float, usual: float, rows: int) -> bool:
    """Whether the farthest value is no farther from the median than that of a normal distribution.

    Of n draws from it, the farthest is about sqrt(2 ln n) standard deviations away.
    """
    return 0 < distance <= _LUCK * math.sqrt(2 * math.log(rows)) * usual / _NINTH


def _tells_time(low: float, high: float) -> bool:
    """Whether numbers are years, or times since 1970: those of later data go on."""
    return (_YEARS[0] <= low and high <= _YEARS[1]) or times.likely_unit(low, high) is not None


def _rounded(value: float, size: float, to: Callable[[float], int]) -> float:
    """Rounds to what is the second digit of `size`."""
    unit = math.floor(math.log10(size)) - _DIGITS + 1
    return float(f"{to(round(value / 10.0**unit, 6))}e{unit}")  # 4215.000000000001 is 4215
