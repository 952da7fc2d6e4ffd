"""Every metric a release can be judged by: which way is better, its range, and what TFMA computes it with."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric, described once for configuration, evaluation and reporting.

    Attributes:
        name: how configs, JSON output and reports call it.
        tfma_class: the class TFMA computes it with.
        tfma_config: that class's arguments, as JSON; the metric's name is added.
        module: where the class is, when it is not one of TFMA's own.
        per_class: whether it is computed one class against the rest and averaged over classes.
        better: "higher", "lower", or "near" (a band around 1 is good).
        floor: what a model that always gives the same answer reaches, or the least possible value. A bound
            that such a model meets can never fail.
        ceiling: the best possible value; a lower bound above it can never be met.
    """

    name: str
    tfma_class: str
    tfma_config: str = ""
    module: str = ""
    per_class: bool = False
    better: str = "higher"
    floor: float = 0.0
    ceiling: float = math.inf


# A constant answer ranks nothing: its area under the ROC curve is one half, whatever the class balance.
_AUC_OF_A_CONSTANT = 0.5
# By definition the share of variance that predicting the mean explains (Draper and Smith, 1998, section 1.3).
_R_SQUARED_OF_THE_MEAN = 0.0

# All metrics of a binary label from one pass over the examples; TFMA's own classes make one each.
_FROM_SUMS = "components.evaluator.binary_metrics"

_EXAMPLE_COUNT = Metric(name="example_count", tfma_class="ExampleCount")

_BINARY = (
    Metric(name="auc", tfma_class="AucFromSums", module=_FROM_SUMS, floor=_AUC_OF_A_CONSTANT, ceiling=1),
    Metric(name="accuracy", tfma_class="AccuracyFromSums", module=_FROM_SUMS, ceiling=1),
    Metric(name="precision", tfma_class="PrecisionFromSums", module=_FROM_SUMS, ceiling=1),
    Metric(name="recall", tfma_class="RecallFromSums", module=_FROM_SUMS, ceiling=1),
    Metric(name="log_loss", tfma_class="LogLossFromSums", module=_FROM_SUMS, better="lower"),
    Metric(name="calibration", tfma_class="CalibrationFromSums", module=_FROM_SUMS, better="near"),
    Metric(name="example_count", tfma_class="ExampleCountFromSums", module=_FROM_SUMS),
)
_MULTICLASS = (
    Metric(name="auc", tfma_class="AUC", per_class=True, floor=_AUC_OF_A_CONSTANT, ceiling=1),
    Metric(name="accuracy", tfma_class="SparseCategoricalAccuracy", ceiling=1),
    Metric(name="precision", tfma_class="Precision", per_class=True, ceiling=1),
    Metric(name="recall", tfma_class="Recall", per_class=True, ceiling=1),
    Metric(name="log_loss", tfma_class="SparseCategoricalCrossentropy", better="lower"),
    _EXAMPLE_COUNT,
)
_REGRESSION = (
    Metric(
        name="r_squared",
        tfma_class="RSquared",
        module="components.evaluator.r_squared",
        floor=_R_SQUARED_OF_THE_MEAN,
        ceiling=1,
    ),
    Metric(name="mean_absolute_error", tfma_class="MeanAbsoluteError", better="lower"),
    Metric(name="mean_squared_error", tfma_class="MeanSquaredError", better="lower"),
    Metric(name="calibration", tfma_class="Calibration", better="near"),
    _EXAMPLE_COUNT,
)

# By task (the `task` of each kind of label in turnstile/columns.py).
METRICS: dict[str, dict[str, Metric]] = {
    task: {metric.name: metric for metric in metrics}
    for task, metrics in (("binary", _BINARY), ("multiclass", _MULTICLASS), ("regression", _REGRESSION))
}

# The metric whose lower bound refuses every model that always gives the same answer, by task. (Accuracy
# cannot: where 78 % of the answers are "no", always saying "no" is 78 % accurate.)
DISCRIMINATING = {"binary": "auc", "multiclass": "auc", "regression": "r_squared"}
