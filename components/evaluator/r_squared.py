"""R squared for TFMA, which has none: the share of the label's variance that a regression explains.

A model that always answers the mean scores 0, so a lower bound on it refuses every constant model.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import numpy as np
from tensorflow_model_analysis.metrics import metric_types, metric_util

# count, sum of labels, sum of squared labels, sum of squared errors; all weighted
Sums = np.ndarray


class RSquared(metric_types.Metric):
    """1 - (sum of squared errors) / (sum of squared deviations from the mean label).

    Source: Draper and Smith, Applied Regression Analysis, 3rd edition (1998), section 1.3.
    """

    def __init__(self, name: str = "r_squared"):
        """Registers the computation under `name`."""
        super().__init__(metric_util.merge_per_key_computations(_computations), name=name)


metric_types.register_metric(RSquared)


def r_squared(sums: Sums) -> float:
    """The metric from its sums; NaN where the labels do not vary."""
    count, total, squares, errors = sums
    if count == 0:
        return float("nan")
    deviations = squares - total**2 / count
    # Labels that are all alike leave only rounding error of the order of the float64 epsilon.
    if deviations <= squares * np.finfo(np.float64).eps * count:
        return float("nan")
    return float(1 - errors / deviations)


def _computations(
    name: str,
    eval_config: Any = None,
    model_name: str = "",
    output_name: str = "",
    sub_key: Any = None,
    aggregation_type: Any = None,
    class_weights: Any = None,
    example_weighted: bool = False,
) -> list[metric_types.MetricComputation]:
    del aggregation_type, class_weights  # for metrics over classes
    key = metric_types.MetricKey(
        name=name,
        model_name=model_name,
        output_name=output_name,
        sub_key=sub_key,
        example_weighted=example_weighted,
    )
    return [metric_types.MetricComputation([key], preprocessors=None, combiner=_Combiner(key, eval_config))]


class _Combiner(beam.CombineFn):
    def __init__(self, key: metric_types.MetricKey, eval_config: Any):
        self._key, self._eval_config = key, eval_config

    def create_accumulator(self) -> Sums:
        return np.zeros(4)

    def add_input(self, sums: Sums, element: Any) -> Sums:
        rows = metric_util.to_label_prediction_example_weight(
            element,
            eval_config=self._eval_config,
            model_name=self._key.model_name,
            output_name=self._key.output_name,
            example_weighted=self._key.example_weighted,
        )
        for label, prediction, weight in rows:
            y, p, w = (np.asarray(x).item() for x in (label, prediction, weight))  # arrays of one number
            sums = sums + w * np.array([1.0, y, y * y, (y - p) ** 2])
        return sums

    def merge_accumulators(self, accumulators: Iterable[Sums]) -> Sums:
        return sum(accumulators, np.zeros(4))

    def extract_output(self, sums: Sums) -> dict[metric_types.MetricKey, float]:
        return {self._key: r_squared(sums)}
