"""Reads what TFMA wrote: the metrics, and every failed threshold in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import tensorflow_model_analysis as tfma

from components.evaluator.tfma_metrics import MEAN_LABEL
from turnstile.metrics import COUNT

CANDIDATE, BASELINE = "candidate", "baseline"  # the models' names in an evaluation

_MACRO = "macro_average: true\n_"  # before the names of metrics that are averages over classes

SliceKey = tuple[tuple[str, Any], ...]  # ((column, value), ...); () is the overall slice


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


def failures(evaluation: str, min_slice_size: int) -> list[str]:
    """Returns each failed threshold as a sentence, but for those of slices under `min_slice_size` examples.

    A threshold that met no example at all has failed: what was never judged must not be released.
    """
    result = tfma.load_validation_result(evaluation)
    if result.validation_ok:
        return []
    found = metrics(evaluation, CANDIDATE)
    sentences: list[str] = []
    for validation in result.metric_validations_per_slice:
        key = _slice_key(validation.slice_key)
        if key and found.get(key, {}).get("example_count", 0) < min_slice_size:
            continue
        # A count that is too low comes first: it says why the others may be as they are.
        failures = sorted(validation.failures, key=lambda failure: failure.metric_key.name != COUNT)
        sentences += [_in_words(key, failure, found.get(key, {})) for failure in failures]
    sentences += [f"there is no example of the slice {_spec_name(spec)} to judge" for spec in result.missing_slices]
    return list(dict.fromkeys(sentences))


def slice_name(key: SliceKey) -> str:
    """Returns "overall", or "column=value" for each column of the slice."""
    return ", ".join(f"{column}={value}" for column, value in key) or "overall"


def _spec_name(spec: Any) -> str:
    return ", ".join([*spec.feature_keys, *(f"{column}={value}" for column, value in spec.feature_values.items())])


def _numbers(by_output: dict) -> dict[str, float]:
    # TFMA nests: output name, then sub key (a class, or none), then metric. Single classes are left out; their
    # average is among the metrics of no sub key, under a name with a prefix. A value that is not finite is a word.
    found: dict[str, float] = {}
    for by_sub_key in by_output.values():
        for sub_key, by_metric in by_sub_key.items():
            if "classId" not in sub_key:
                values = {n.removeprefix(_MACRO): v for n, v in by_metric.items()}
                found |= {n: float(v["doubleValue"]) for n, v in values.items() if "doubleValue" in v}
    return found


def _slice_key(proto: Any) -> SliceKey:
    return tuple((part.column, _value(part)) for part in proto.single_slice_keys)


def _value(part: Any) -> Any:
    kind = part.WhichOneof("kind")
    value = getattr(part, kind)
    return value.decode() if isinstance(value, bytes) else value


def _in_words(key: SliceKey, failure: Any, found: Mapping[str, float]) -> str:
    name, value = failure.metric_key.name, failure.metric_value.double_value.value
    where = slice_name(key)
    if failure.message and not failure.HasField("metric_value"):
        return f"{name} ({where}) could not be computed: {failure.message.strip()}"
    bounds = failure.metric_threshold
    if name == COUNT and not key and bounds.value_threshold.lower_bound.value > value:
        return _too_few(value, bounds.value_threshold.lower_bound.value)
    if name == "precision" and math.isnan(value) and MEAN_LABEL in found:
        return f"precision ({where}) cannot be computed, for the model predicts 1 for none of these rows"
    one_class = found.get(MEAN_LABEL) in (0.0, 1.0)
    if math.isnan(value) or (name == "auc" and one_class):  # TFMA says an AUC of 0 where there is none
        return f"{name} ({where}) cannot be computed from these rows, for example because all are of one class"
    if bounds.HasField("change_threshold"):
        allowed = bounds.change_threshold.absolute.value
        return f"{name} ({where}) changed by {value:+.4f} against the baseline; allowed is {allowed:+.4f}"
    return f"{name} ({where}) is {value:.4f}; {_expected(bounds.value_threshold)}"


def _too_few(examples: float, least: float) -> str:
    return (
        f"the eval split has {examples:,.0f} examples; expected at least {least:,.0f}: on so few, a metric says more "
        "about which rows they are than about the model. Add rows, or give eval a larger share under [split]. "
        f"If so few are enough, write under [release]: min_examples = {max(examples, 1):.0f} "
        "(a min of example_count under [release.overall] must not be larger)"
    )


def _expected(threshold: Any) -> str:
    parts: Iterable[str] = (
        f"at least {threshold.lower_bound.value:g}" if threshold.HasField("lower_bound") else "",
        f"at most {threshold.upper_bound.value:g}" if threshold.HasField("upper_bound") else "",
    )
    return "expected " + " and ".join(part for part in parts if part)
