"""All metrics of a task as one metric of TFMA, from one pass over the examples (docs/adr/0010-vectorised-metrics.md).

TFMA's own classes each take every example apart anew, in Python, for every slice it is in. And they give no interval
that is the same however the rows are ordered and dealt to files (docs/adr/0024-three-answers.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types, metric_util

from components.evaluator.metrics.binary_sums import BinarySums
from components.evaluator.metrics.grouped_sums import GroupedSums, Row
from components.evaluator.metrics.groups import COLUMN
from components.evaluator.metrics.multiclass_sums import MulticlassSums
from components.evaluator.metrics.names import BASELINE, JACKKNIFE
from components.evaluator.metrics.regression_sums import RegressionSums
from turnstile.labels import ANSWER
from turnstile.metrics import COUNT

SUMS: dict[str, type[GroupedSums]] = {
    "binary": BinarySums, "multiclass": MulticlassSums, "regression": RegressionSums
}  # fmt: skip


class FromSums(metric_types.Metric):
    """Every metric of a task, as a number; and an array that their intervals are made of.

    The array is that of GroupedSums.measured.

    Args:
        task: "binary", "multiclass" or "regression".
        name: the one of the metrics that TFMA itself judges.
    """

    def __init__(self, task: str, name: str = COUNT):
        super().__init__(metric_util.merge_per_key_computations(self._computations), task=task, name=name)

    def _computations(
        self, task: str, name: str, eval_config: Any = None, model_name: str = "", output_name: str = ""
    ) -> list[metric_types.MetricComputation]:
        # TFMA looks at the names of the arguments; there being no `example_weighted`, it refuses weights.
        del name
        keys = [metric_types.MetricKey(n, model_name, output_name) for n in (*SUMS[task].METRICS, JACKKNIFE)]
        rows = _Rows(task, eval_config, model_name, output_name)
        return [metric_types.MetricComputation(keys, [rows], _Combiner(SUMS[task], keys))]


metric_types.register_metric(FromSums)


class _Rows(metric_types.Preprocessor):
    """Takes a row's numbers out of an example: once, before it goes to the slices it is in.

    What a model says is its own `label`, by the decision that was exported with it: so each of two models is judged
    by its own.
    """

    def __init__(self, task: str, eval_config: Any, model_name: str, output_name: str):
        super().__init__(name=f"{JACKKNIFE}:{task}:{model_name}:{output_name}")
        self._task = task
        specs = eval_config.model_specs if eval_config else []
        # Where there is one model only, TFMA leaves its name out.
        found = [spec for spec in specs if model_name == (spec.name if len(specs) > 1 else "")]
        label_key, prediction_key = (found[0].label_key, found[0].prediction_key) if found else ("", "")
        self._label_keys = (label_key, model_name, output_name)
        self._keys = (model_name, output_name)
        self._prediction_key = prediction_key
        # The candidate is compared with what serves, row by row.
        self._compared = len(specs) > 1 and model_name != BASELINE

    def process(self, extracts: Mapping[str, Any]) -> Iterator[Row]:
        """Yields what the task's GroupedSums call a row."""
        group = _number(extracts, tfma.FEATURES_KEY, (COLUMN,))
        label = _number(extracts, tfma.LABELS_KEY, self._label_keys)
        predicted = _value(extracts, tfma.PREDICTIONS_KEY, (*self._keys, self._prediction_key))
        if self._task == "regression":
            yield group, label, _one(predicted, tfma.PREDICTIONS_KEY)
        elif self._task == "binary":
            probability = _one(predicted, tfma.PREDICTIONS_KEY)
            said = _number(extracts, tfma.PREDICTIONS_KEY, (*self._keys, ANSWER))
            yield group, label, probability, said, self._served(extracts)
        else:
            yield (group, label, self._served(extracts), *np.ravel(predicted).tolist())

    def _served(self, extracts: Mapping[str, Any]) -> float:
        """The class that the model which serves says; NaN if there is none."""
        if not self._compared:
            return np.nan
        if self._task == "binary":
            return _number(extracts, tfma.PREDICTIONS_KEY, (BASELINE, ANSWER))
        return float(np.argmax(_value(extracts, tfma.PREDICTIONS_KEY, (BASELINE, self._prediction_key))))


def _value(extracts: Mapping[str, Any], kind: str, keys: Iterable[str]) -> Any:
    value = extracts[kind]
    for key in keys:
        # TFMA nests by model, by output and by key, each only where there are several.
        if isinstance(value, Mapping) and key in value:
            value = value[key]
    return value


def _number(extracts: Mapping[str, Any], kind: str, keys: Iterable[str]) -> float:
    return _one(_value(extracts, kind, keys), kind)


def _one(value: Any, kind: str) -> float:
    try:
        return value.item()
    except (AttributeError, ValueError):
        raise ValueError(f"expected an array of one number among an example's {kind}; received {value!r}") from None


class _Combiner(beam.CombineFn):
    def __init__(self, sums: type[GroupedSums], keys: list[metric_types.MetricKey]):
        self._sums, self._keys = sums, keys

    def create_accumulator(self) -> GroupedSums:
        return self._sums()

    def add_input(self, sums: GroupedSums, row: Row) -> GroupedSums:
        sums.add(row)
        return sums

    def merge_accumulators(self, accumulators: Iterable[GroupedSums]) -> GroupedSums:
        total = self._sums()
        for sums in accumulators:
            total.merge(sums)
        return total

    def compact(self, sums: GroupedSums) -> GroupedSums:
        return sums.condense()

    def extract_output(self, sums: GroupedSums) -> dict[metric_types.MetricKey, Any]:
        array = sums.measured()
        return dict(zip(self._keys, [*array[:, 0].tolist(), array], strict=True))
