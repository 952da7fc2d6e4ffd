"""What computes each metric: one of TFMA's own classes, or one of ours that TFMA loads by name."""

from __future__ import annotations

from dataclasses import dataclass

# All metrics of a binary label from one pass over the examples; TFMA's own classes make one each.
_FROM_SUMS = "components.evaluator.binary_metrics"


@dataclass(frozen=True)
class Computation:
    """How TFMA computes a metric.

    Attributes:
        class_name: the class.
        module: where the class is, when it is not one of TFMA's own.
        per_class: whether it is computed one class against the rest and averaged over classes.
    """

    class_name: str
    module: str = ""
    per_class: bool = False


# Computed beside the metrics of a binary label, for no threshold is about it: 0 or 1 where there is one class only.
MEAN_LABEL = "mean_label"
# Likewise: the class that a model says of every row (components/evaluator/one_class.py).
ONLY_CLASS = "only_class"
SEVERAL = -1.0  # its value where a model says more than one

# By task, then by the metric's name (turnstile/metrics.py).
COMPUTATIONS: dict[str, dict[str, Computation]] = {
    "binary": {
        "auc": Computation("AucFromSums", _FROM_SUMS),
        "pr_auc": Computation("PrAucFromSums", _FROM_SUMS),
        "accuracy": Computation("AccuracyFromSums", _FROM_SUMS),
        "precision": Computation("PrecisionFromSums", _FROM_SUMS),
        "recall": Computation("RecallFromSums", _FROM_SUMS),
        "log_loss": Computation("LogLossFromSums", _FROM_SUMS),
        "calibration": Computation("CalibrationFromSums", _FROM_SUMS),
        "example_count": Computation("ExampleCountFromSums", _FROM_SUMS),
        MEAN_LABEL: Computation("MeanLabelFromSums", _FROM_SUMS),
        ONLY_CLASS: Computation("OnlyClassFromSums", _FROM_SUMS),
    },
    "multiclass": {
        "auc": Computation("AUC", per_class=True),
        "accuracy": Computation("SparseCategoricalAccuracy"),
        "precision": Computation("Precision", per_class=True),
        "recall": Computation("Recall", per_class=True),
        "log_loss": Computation("SparseCategoricalCrossentropy"),
        "example_count": Computation("ExampleCount"),
        ONLY_CLASS: Computation("OnlyClass", "components.evaluator.one_class"),
    },
    "regression": {
        "r_squared": Computation("RSquared", "components.evaluator.r_squared"),
        "mean_absolute_error": Computation("MeanAbsoluteError"),
        "mean_squared_error": Computation("MeanSquaredError"),
        "calibration": Computation("Calibration"),
        "example_count": Computation("ExampleCount"),
    },
}
