"""Reads what TFMA wrote: every metric of both models by slice, as numbers and with their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow_model_analysis as tfma

from components.evaluator.metrics import jackknife
from components.evaluator.metrics.names import BASELINE, CANDIDATE, JACKKNIFE
from components.evaluator.metrics.slices import Slice, SliceKey
from components.evaluator.metrics.sums_metric import SUMS
from turnstile.metrics import COUNT


def metrics(evaluation: str, model_name: str) -> dict[SliceKey, dict[str, float]]:
    """Returns every slice's metrics by name.

    Args:
        evaluation: the folder TFMA wrote.
        model_name: CANDIDATE or BASELINE; for a baseline there was none of, the result is empty.
    """
    result = tfma.load_eval_result(evaluation, model_name=model_name)
    if model_name == CANDIDATE and not result.slicing_metrics:
        result = tfma.load_eval_result(evaluation, model_name="")  # TFMA names models only where there are two
    return {key: _numbers(by_output) for key, by_output in result.slicing_metrics}


def slices(evaluation: str, task: str) -> dict[SliceKey, Slice]:
    """Returns what was measured of every slice: metrics, and differences from the baseline, with their intervals.

    Args:
        evaluation: the folder TFMA wrote.
        task: of the label.
    """
    names = list(SUMS[task].METRICS)
    found = {}
    for proto in tfma.load_metrics(evaluation):
        arrays = {
            pair.key.model_name: _array(pair.value.array_value)
            for pair in proto.metric_keys_and_values
            if pair.key.name == JACKKNIFE and not pair.key.is_diff
        }
        candidate = arrays.get(CANDIDATE, arrays.get(""))
        if candidate is not None:
            metrics, differences = jackknife.of_models(task, names, candidate, arrays.get(BASELINE))
            examples = round(metrics[COUNT].value)
            found[_slice_key(proto.slice_key)] = Slice(examples, metrics, differences)
    return found


def _array(proto: Any) -> np.ndarray:
    return np.array(proto.float64_values).reshape(proto.shape)


def _numbers(by_output: dict) -> dict[str, float]:
    # TFMA nests: output name, then sub key, then metric.
    found: dict[str, float] = {}
    for by_sub_key in by_output.values():
        for by_metric in by_sub_key.values():
            found |= {n: float(v["doubleValue"]) for n, v in by_metric.items() if "doubleValue" in v}
    return found


def _slice_key(proto: Any) -> SliceKey:
    return tuple((part.column, _value(part)) for part in proto.single_slice_keys)


def _value(part: Any) -> Any:
    kind = part.WhichOneof("kind")
    value = getattr(part, kind)
    return value.decode() if isinstance(value, bytes) else value
