"""What is compared between the arms: the outcome itself, or how wrong the model was about it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from serving.ab.arms import key_text
from serving.ab.joining import KeyResult
from turnstile.errors import UsageError

# The least probability that a log loss is taken of; float32 tells no two nearer 1 apart.
_MIN_PROBABILITY = 1e-7
_TRUTHS = {"0": 0.0, "1": 1.0, "false": 0.0, "true": 1.0}


@dataclass(frozen=True)
class Metric:
    """A metric, which is a number for each key.

    Attributes:
        name: what is measured.
        better: which is better, "higher" or "lower"; "" for an outcome, where only the user knows.
        proportion: whether the numbers are only 0 and 1.
        value_of: returns the number of a key.
    """

    name: str
    better: str
    proportion: bool
    value_of: Callable[[KeyResult], float]


def metrics(pairs: Sequence[KeyResult], wanted: Sequence[str]) -> list[Metric]:
    """Returns the metrics that are wanted; those that suit the outcomes and the model's outputs if none is named.

    Raises:
        UsageError: one does not suit them.
    """
    suiting = suitable_metrics(pairs)
    for name in wanted:
        if name not in suiting:
            there = ", ".join(suiting) or "none"
            raise UsageError(
                f"--metric {name}: does not suit these outcomes and this model's outputs; suiting: {there}"
            )
    if not suiting:
        text = next(pair.outcome for pair in pairs if number(pair.outcome) is None)
        raise UsageError(
            f"outcome {text!r} is neither 0 or 1 nor a number, and the answers have no 'label' to compare it with"
        )
    finer = any(metric.better and name != "accuracy" for name, metric in suiting.items())
    default = [name for name in suiting if name != "accuracy" or not finer]
    return [suiting[name] for name in wanted or default]


def suitable_metrics(pairs: Sequence[KeyResult]) -> dict[str, Metric]:
    """Returns the metrics that suit the outcomes and the model's outputs, by name; the finest first."""
    found = []
    binary = all(truth(pair.outcome) is not None for pair in pairs)
    if binary:
        found.append(Metric("outcome", "", True, lambda pair: truth(pair.outcome) or 0.0))
        if _all_numbers(pairs, "probability"):
            found.append(Metric("log_loss", "lower", False, _log_loss))
    elif all(number(pair.outcome) is not None for pair in pairs):
        found.append(Metric("outcome", "", False, lambda pair: number(pair.outcome) or 0.0))
        if _all_numbers(pairs, "value"):
            found.append(Metric("absolute_error", "lower", False, _absolute_error))
    if all(pair.outputs.get("label") is not None for pair in pairs):
        same = _same_truth if binary else _same_text
        found.append(Metric("accuracy", "higher", True, lambda pair: float(same(pair))))
    return {metric.name: metric for metric in found}


def _all_numbers(pairs: Sequence[KeyResult], output: str) -> bool:
    return all(number(pair.outputs.get(output)) is not None for pair in pairs)


def truth(value: Any) -> float | None:
    """Returns 0 or 1 for an outcome that is one of them, in whatever spelling; otherwise None."""
    text = (key_text(value) or "").lower()
    return _TRUTHS.get(text.removesuffix(".0"))


def number(value: Any) -> float | None:
    """Returns an outcome as a finite number, None if it is none."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _log_loss(pair: KeyResult) -> float:
    probability = float(pair.outputs["probability"])
    of_outcome = probability if truth(pair.outcome) else 1 - probability
    return -math.log(max(of_outcome, _MIN_PROBABILITY))


def _absolute_error(pair: KeyResult) -> float:
    return abs(float(pair.outputs["value"]) - float(pair.outcome))


def _same_truth(pair: KeyResult) -> bool:
    return truth(pair.outputs["label"]) == truth(pair.outcome)


def _same_text(pair: KeyResult) -> bool:
    return key_text(pair.outputs["label"]) == key_text(pair.outcome)
