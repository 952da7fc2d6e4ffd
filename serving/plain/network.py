"""Makes network.json: the weights, layer by layer, and what the outputs mean. components/trainer/model.py builds them.

docs/plain-code.md describes its keys.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from serving.plain.learned import Learned
from serving.plain.numbers import finite, shortest, tensor
from serving.plain.preprocess import FORMAT
from turnstile.labels import MulticlassLabel, RegressionLabel
from turnstile.model_inputs import Columns, model_inputs

_PIECES = ("median", "unit", "begins", "rates", "slopes", "offsets")


def network(columns: Columns, learned: Learned) -> dict[str, Any]:
    """Returns the content of network.json.

    Args:
        columns: features and label.
        learned: the weights.

    Raises:
        UsageError: the network is not one that this release builds, or a weight is no number.
    """
    layout = model_inputs(columns)
    tables = [f"words_{text}" for text in range(len(layout.words))]
    return {
        "format": FORMAT,
        "numbers": {name: _weight(learned, "piecewise_linear", name) for name in _PIECES} if layout.numbers else None,
        "indices": _table(learned, "indices") if layout.indices else None,
        "words": [_table(learned, table) for table in tables],
        "factors": _weight(learned, "views", "factors"),
        "hidden": _hidden(learned),
        "heads": {name: _weight(learned, "heads_dense", name) for name in ("kernels", "biases")},
        "answer": _answer(columns, learned),
    }


def _weight(learned: Learned, layer: str, name: str) -> dict[str, Any]:
    return _tensor(learned.weight(layer, name))


def _tensor(values: np.ndarray) -> dict[str, Any]:
    finite("the weights", values)
    return tensor(values)


def _table(learned: Learned, name: str) -> dict[str, Any]:
    """A table of embeddings: what the deep part sees of each row, and what the linear part does."""
    return {part: _weight(learned, f"{name}_{part}", "embeddings") for part in ("deep", "linear")}


def _hidden(learned: Learned) -> list[dict[str, Any]]:
    pairs = zip(learned.weights("dense", "kernel"), learned.weights("dense", "bias"), strict=True)
    return [{"kernel": _tensor(kernel), "bias": _tensor(bias)} for kernel, bias in pairs]


def _answer(columns: Columns, learned: Learned) -> dict[str, Any]:
    label = columns.label
    if isinstance(label, MulticlassLabel):
        return {"task": label.task, "classes": list(label.classes)}
    if isinstance(label, RegressionLabel):
        middle, deviation = (np.float32(learned.literal(name, "rescaling")) for name in ("AddV2", "Mul"))
        return {"task": label.task, "log": label.log, "mean": shortest(middle), "deviation": shortest(deviation)}
    return {"task": label.task, "decision": shortest(np.float32(learned.literal("GreaterEqual", "Sigmoid")))}
