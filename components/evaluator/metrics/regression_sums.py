"""The metrics of a number: what they are sums of, and each as a function of these sums."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from components.evaluator.metrics.grouped_sums import GroupedSums, Terms, Totals, ratio
from components.evaluator.metrics.names import RARER


def r_squared(t: Totals) -> np.ndarray:
    """1 - (sum of squared errors) / (sum of squared deviations from the mean label); NaN where labels do not vary.

    A model that always answers the mean scores 0, so a lower bound on it refuses every constant model.
    Source: Draper and Smith, Applied Regression Analysis, 3rd edition (1998), section 1.3.
    """
    return 1 - ratio(t.sums["squared_errors"], _deviations(t, "labels", "labels"))


def calibration_slope(t: Totals) -> np.ndarray:
    """How much the labels follow the predictions: the slope of a line through (prediction, label), by least squares.

    It is 1 if a prediction that is higher by 1 means a label that is higher by 1 on average; NaN if all are the same.
    """
    return ratio(_deviations(t, "labels", "predictions"), _deviations(t, "predictions", "predictions"))


def _deviations(t: Totals, a: str, b: str) -> np.ndarray:
    """The sum of the products of deviations from the means of two columns; 0 if it is but rounding."""
    count, products = t.sums["count"], t.sums[f"{a} x {b}"]
    found = products - t.sums[a] * ratio(t.sums[b], count)
    # Numbers that are all alike leave only rounding error of the order of the float64 epsilon.
    return np.where(np.abs(found) <= np.abs(products) * np.finfo(np.float64).eps * count, 0, found)


class RegressionSums(GroupedSums):
    """The sums of rows whose label is a number. A row is (group, label, prediction)."""

    SUMS: ClassVar = (
        "count", "labels", "predictions", "labels x labels", "labels x predictions", "predictions x predictions",
        "absolute_errors", "squared_errors",
    )  # fmt: skip
    METRICS: ClassVar = {
        "r_squared": r_squared,
        "mean_absolute_error": lambda t: ratio(t.sums["absolute_errors"], t.sums["count"]),
        "mean_squared_error": lambda t: ratio(t.sums["squared_errors"], t.sums["count"]),
        # TFMA's: the sum of predictions divided by the sum of labels.
        "calibration": lambda t: ratio(t.sums["predictions"], t.sums["labels"]),
        "calibration_slope": calibration_slope,
        "example_count": lambda t: t.sums["count"],
        RARER: lambda t: t.sums["count"],
    }

    @staticmethod
    def terms(rows: np.ndarray) -> Terms:
        """See GroupedSums.terms."""
        _, y, p = rows.T
        sums = [np.ones(len(y)), y, p, y * y, y * p, p * p, np.abs(y - p), (y - p) ** 2]
        return Terms(np.array(sums), np.empty([0, len(y)]), np.empty([0, len(y)], bool))
