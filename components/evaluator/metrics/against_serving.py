"""How the classes that a model says compare, row by row, with those that the model which serves says."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from components.evaluator.metrics.grouped_sums import Function, Totals, ratio
from components.evaluator.metrics.names import FIXED, FLIPS, NEW_ERRORS

SUMS = ("flips", "new_errors", "fixed", "served_right")


def terms(labels: np.ndarray, said: np.ndarray, served: np.ndarray) -> list[np.ndarray]:
    """Returns what rows add to SUMS, each bool [rows].

    Args:
        labels: the class of each row, [rows].
        said: the class that the model says.
        served: the class that the model which serves says; NaN if none does.
    """
    compared, right, was_right = ~np.isnan(served), said == labels, served == labels
    return [compared & (said != served), was_right & ~right, compared & right & ~was_right, was_right]


def _served_wrong(t: Totals) -> np.ndarray:
    return t.sums["count"] - t.sums["served_right"]


METRICS: Mapping[str, Function] = {
    FLIPS: lambda t: ratio(t.sums["flips"], t.sums["count"]),
    NEW_ERRORS: lambda t: ratio(t.sums["new_errors"], t.sums["served_right"]),
    FIXED: lambda t: ratio(t.sums["fixed"], _served_wrong(t)),
}
TRIALS: Mapping[str, Function] = {
    FLIPS: lambda t: t.sums["count"],
    NEW_ERRORS: lambda t: t.sums["served_right"],
    FIXED: _served_wrong,
}
