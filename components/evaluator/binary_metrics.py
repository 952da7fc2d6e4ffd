"""TFMA's metrics of a binary label, all from one pass over the examples (docs/adr/0010-vectorised-metrics.md).

TFMA's own classes each take every example apart anew, in Python, for every slice it is in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import apache_beam as beam
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types, metric_util

from components.evaluator import binary_sums
from components.evaluator.binary_sums import BinarySums, Row
from turnstile.labels import ANSWER

_SUMS = "_binary_sums"  # TFMA keeps names that begin with "_" out of its results

Metrics = dict[metric_types.MetricKey, Any]


class _FromSums(metric_types.Metric):
    """A metric that is a function of BinarySums.

    Each metric asks for the sums under the same key and for itself as derived from them; of what has the same key,
    TFMA computes one.

    Args:
        name: what the metric is called in TFMA's results.
    """

    value: Callable[[BinarySums], float]

    def __init__(self, name: str):
        super().__init__(metric_util.merge_per_key_computations(self._computations), name=name)

    def _computations(
        self, name: str, eval_config: Any = None, model_name: str = "", output_name: str = ""
    ) -> list[metric_types.MetricComputation | metric_types.DerivedMetricComputation]:
        # TFMA looks at the names of the arguments; there being no `example_weighted`, it refuses weights.
        sums_key = metric_types.MetricKey(_SUMS, model_name, output_name)
        key = metric_types.MetricKey(name, model_name, output_name)
        return [
            metric_types.MetricComputation(
                [sums_key], [_Rows(eval_config, model_name, output_name)], _Combiner(sums_key)
            ),
            metric_types.DerivedMetricComputation([key], partial(_derive, key, sums_key, type(self).value)),
        ]


def _derive(
    key: metric_types.MetricKey, sums_key: metric_types.MetricKey, value: Callable[[BinarySums], float], found: Metrics
) -> Metrics:
    return {key: value(found[sums_key])}


class AucFromSums(_FromSums):
    """The area under the ROC curve."""

    value = staticmethod(binary_sums.auc)


class PrAucFromSums(_FromSums):
    """The area under the curve of precision and recall."""

    value = staticmethod(binary_sums.pr_auc)


class AccuracyFromSums(_FromSums):
    """The share of right predictions."""

    value = staticmethod(binary_sums.accuracy)


class PrecisionFromSums(_FromSums):
    """The share of positive predictions that is right."""

    value = staticmethod(binary_sums.precision)


class RecallFromSums(_FromSums):
    """The share of positive labels that is predicted."""

    value = staticmethod(binary_sums.recall)


class LogLossFromSums(_FromSums):
    """The mean cross-entropy."""

    value = staticmethod(binary_sums.log_loss)


class CalibrationFromSums(_FromSums):
    """The sum of predictions divided by the sum of labels."""

    value = staticmethod(binary_sums.calibration)


class MeanLabelFromSums(_FromSums):
    """The share of positive labels."""

    value = staticmethod(binary_sums.mean_label)


class OnlyClassFromSums(_FromSums):
    """The class that is predicted of every row."""

    value = staticmethod(binary_sums.only_class)


class ExampleCountFromSums(_FromSums):
    """The number of examples."""

    value = staticmethod(binary_sums.count)


class _Rows(metric_types.Preprocessor):
    """Takes a row's numbers out of an example: once, before it goes to the slices it is in.

    What the model says is its own `label`, by the decision that was exported with it: so each of two models is judged
    by its own.
    """

    def __init__(self, eval_config: Any, model_name: str, output_name: str):
        super().__init__(name=f"{_SUMS}:{model_name}:{output_name}")
        specs = eval_config.model_specs if eval_config else []
        # Where there is one model only, TFMA leaves its name out.
        found = [spec for spec in specs if model_name == (spec.name if len(specs) > 1 else "")]
        label_key, prediction_key = (found[0].label_key, found[0].prediction_key) if found else ("", "")
        self._label_keys = (label_key, model_name, output_name)
        self._prediction_keys = (model_name, output_name, prediction_key)
        self._answer_keys = (model_name, output_name, ANSWER)

    def process(self, extracts: Mapping[str, Any]) -> Iterator[Row]:
        """Yields (label, prediction, the class that the model says)."""
        label = _number(extracts, tfma.LABELS_KEY, self._label_keys)
        prediction = _number(extracts, tfma.PREDICTIONS_KEY, self._prediction_keys)
        yield label, prediction, _number(extracts, tfma.PREDICTIONS_KEY, self._answer_keys)


def _number(extracts: Mapping[str, Any], kind: str, keys: Iterable[str]) -> float:
    value = extracts[kind]
    for key in keys:
        # TFMA nests by model, by output and by key, each only where there are several.
        if isinstance(value, Mapping) and key in value:
            value = value[key]
    try:
        return value.item()
    except (AttributeError, ValueError):
        raise ValueError(f"expected an array of one number among an example's {kind}; received {value!r}") from None


class _Combiner(beam.CombineFn):
    def __init__(self, key: metric_types.MetricKey):
        self._key = key

    def create_accumulator(self) -> BinarySums:
        return BinarySums()

    def add_input(self, sums: BinarySums, row: Row) -> BinarySums:
        sums.add(row)
        return sums

    def merge_accumulators(self, accumulators: Iterable[BinarySums]) -> BinarySums:
        return binary_sums.merged(accumulators)

    def compact(self, sums: BinarySums) -> BinarySums:
        return sums.condense()

    def extract_output(self, sums: BinarySums) -> dict[metric_types.MetricKey, BinarySums]:
        return {self._key: sums.condense()}
