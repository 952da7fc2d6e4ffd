"""Every metric a release can be judged by: which way is better, and its range."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric, described once for configuration, evaluation and reporting.

    What computes it is in components/evaluator/metrics (binary_sums.py and its siblings).

    Attributes:
        name: how configs, JSON output and reports call it.
        better: "higher", "lower", or "near" (a band around 1 is good).
        floor: what a model that always gives the same answer reaches, or the least possible value. A bound
            that such a model meets can never fail.
        ceiling: the best possible value; a lower bound above it can never be met.
        scale: what its interval is made by: "share", or one of SCALES (components/evaluator/metrics/estimates.py).
        exact: whether chance has no part in it.
    """

    name: str
    better: str = "higher"
    floor: float = 0.0
    ceiling: float = math.inf
    scale: str = "plain"
    exact: bool = False


# A constant answer ranks nothing: its area under the ROC curve is one half, whatever the class balance.
_AUC_OF_A_CONSTANT = 0.5
# By definition the share of variance that predicting the mean explains (Draper and Smith, 1998, section 1.3).
_R_SQUARED_OF_THE_MEAN = 0.0

COUNT = "example_count"  # a metric of every task

_KNOWN = {
    metric.name: metric
    for metric in (
        Metric(name="auc", floor=_AUC_OF_A_CONSTANT, ceiling=1, scale="share"),
        # A constant answer reaches the share of positives, which only the data tells.
        Metric(name="pr_auc", ceiling=1, scale="share"),
        Metric(name="accuracy", ceiling=1, scale="share"),
        Metric(name="precision", ceiling=1, scale="share"),
        Metric(name="recall", ceiling=1, scale="share"),
        Metric(name="log_loss", better="lower", scale="log"),
        Metric(name="r_squared", floor=_R_SQUARED_OF_THE_MEAN, ceiling=1, scale="below_1"),
        Metric(name="mean_absolute_error", better="lower", scale="log"),
        Metric(name="mean_squared_error", better="lower", scale="log"),
        Metric(name="calibration", better="near"),
        Metric(name="calibration_slope", better="near"),
        Metric(name=COUNT, exact=True),
    )
}
_OF_TASK = {
    "binary": (
        "auc",
        "pr_auc",
        "accuracy",
        "precision",
        "recall",
        "log_loss",
        "calibration",
        "calibration_slope",
        "example_count",
    ),
    "multiclass": ("auc", "accuracy", "precision", "recall", "log_loss", "example_count"),
    "regression": (
        "r_squared",
        "mean_absolute_error",
        "mean_squared_error",
        "calibration",
        "calibration_slope",
        "example_count",
    ),
}

# By task (the `task` of each kind of label in turnstile/labels.py), then by name.
METRICS: dict[str, dict[str, Metric]] = {task: {n: _KNOWN[n] for n in names} for task, names in _OF_TASK.items()}

# The metric whose lower bound refuses every model that always gives the same answer, by task. (Accuracy
# cannot: where 78 % of the answers are "no", always saying "no" is 78 % accurate.)
DISCRIMINATING = {"binary": "auc", "multiclass": "auc", "regression": "r_squared"}
