"""A confidence sequence for the difference of two means: intervals that hold all at once, however often one looks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# Rows of each arm, or their variances: the first arm's and the second's. Numbers, or arrays of one shape.
Two = tuple[Any, Any]

# How many rows in an arm the sequence is narrowest at, if the other arm has many more. It is at most a tenth wider
# from 60 to 10,000 than one that was made for that number.
_NARROWEST_AT = 500
_MOST_TIMES = 1e6  # of the rows that there are: to wait for more is to wait for ever


def half_width(rows: Two, variances: Two, confidence: float) -> Any:
    """Returns half of the interval's width around the difference of the means, at any number of looks.

    With probability `confidence`, no interval of the whole sequence misses the true difference.

    In units of information, which is 1 / SE^2, the difference of two means moves like a Brownian motion with a drift,
    whatever share of the rows each arm gets (Jennison and Turnbull, JASA 92, 1997, pages 1330-1341). Such a motion
    crosses the normal mixture boundary of Robbins (Annals of Mathematical Statistics 41, 1970, pages 1397-1409; Howard,
    Ramdas, McAuliffe and Sekhon, Annals of Statistics 49, 2021, formula 14) with probability 1 - confidence, ever.
    Estimated variances make it asymptotic: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Annals of Statistics 52,
    2024, theorem 2.2, and formula 12 for where it is narrowest.

    No arm is taken to vary less than both together: the small arm may not have met the rare large losses yet.

    Args:
        rows: at least two in each arm.
        variances: the sample variances.
        confidence: between 0 and 1.

    Returns:
        In the unit of the values; infinite where no value differs from its arm's others.
    """
    (a, b), (of_a, of_b) = rows, variances
    pooled = ((a - 1) * of_a + (b - 1) * of_b) / (a + b - 2)
    squared_error = np.maximum(of_a, pooled) / a + np.maximum(of_b, pooled) / b
    certain = -2 * math.log(1 - confidence)
    rho_squared = (certain + math.log1p(certain)) / _NARROWEST_AT
    with np.errstate(divide="ignore", invalid="ignore"):
        x = rho_squared * pooled / squared_error
        width = np.sqrt(squared_error * (1 + 1 / x) * (np.log1p(x) + certain))
    return np.where(pooled > 0, width, np.inf)


def times_needed(distance: float, rows: Two, variances: Two, confidence: float) -> float | None:
    """Returns how many times the rows it takes, at the shares and variances so far, for a half width of `distance`.

    Args:
        distance: above 0, in the unit of the values.
        rows: at least two in each arm.
        variances: the sample variances.
        confidence: between 0 and 1.

    Returns:
        At least 1; None if no number of rows that anybody waits for is enough.
    """

    def wide(times: float) -> bool:
        return bool(half_width((rows[0] * times, rows[1] * times), variances, confidence) > distance)

    if not wide(1.0):
        return 1.0
    if distance <= 0 or wide(_MOST_TIMES):
        return None
    low, high = 1.0, _MOST_TIMES
    while high / low > 1.01:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high
