"""Content of preprocess.json and network.json with random numbers, of models that nobody has trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from serving.plain.numbers import tensor
from turnstile.columns import BOOLEANS

# Nine numbers of a time: see turnstile.model_inputs.TIME_PARTS.
_PARTS_OF_TIME = 9
_TYPES = {"size": "number", "width": "number", "count": "integer", "code": "integer", "hour": "integer"}
_TYPES |= {"flag": "integer", "paid": "text", "maker": "text"}
_UNITS = ("s", "ms", "us", "ns", "day")
_WORDS = {"yes": list(BOOLEANS[True]), "no": list(BOOLEANS[False]), "missing": 2}
_INDICES = (
    {"column": "width", "kind": "bucket", "boundaries": [-3.5, 0.0, 170.5], "missing": 4},
    {"column": "count", "kind": "bucket", "boundaries": [1.0, 7.0], "missing": 3},
    {"column": "code", "kind": "vocabulary", "words": ["20", "-7", "9007199254740993"], "top_k": 5, "missing": 6},
    {"column": "maker", "kind": "vocabulary", "words": ["Ćosić", "0", "long name!"], "top_k": 3, "missing": 4},
    {"column": "hour", "kind": "categorical", "size": 24, "missing": 25},
    {"column": "flag", "kind": "boolean", **_WORDS},
    {"column": "paid", "kind": "boolean", **_WORDS},
)
ANSWERS = {
    "binary": {"task": "binary", "decision": 0.4},
    "multiclass": {"task": "multiclass", "classes": ["élite", "plain", "odd"]},
    "whole classes": {"task": "multiclass", "classes": [7, -1]},
    "regression": {"task": "regression", "log": False, "mean": 170.25, "deviation": 12.5},
    "logarithm": {"task": "regression", "log": True, "mean": 4.5, "deviation": 1.25},
}


def preprocess() -> dict[str, Any]:
    """Returns every kind of feature that LiteRT can prepare."""
    types = _TYPES | dict.fromkeys(_UNITS, "integer")
    begins = np.cumsum([0, *(index["missing"] + 1 for index in _INDICES)]).tolist()
    of_seconds = {"year": {"mean": 2004.625, "deviation": 9.5}, "time": {"mean": 1107000000.125, "deviation": 3.1e8}}
    return {
        "format": 1,
        "columns": [{"name": name, "input": f"in_{name}", "type": kind} for name, kind in types.items()],
        "numbers": [
            {"column": "size", "log": True, "mean": 1.5, "deviation": 0.75},
            {"column": "width", "log": False, "mean": 170.5, "deviation": 0.03125},
            {"column": "count", "log": False, "mean": 500.0, "deviation": 0.0},
        ],
        "times": [{"column": unit, "unit": unit, **of_seconds} for unit in _UNITS],
        "indices": [
            {"oov_buckets": 1, **index, "begin": begin} for index, begin in zip(_INDICES, begins, strict=False)
        ],
        "texts": [],
    }


def network(made: dict[str, Any], label: str, seed: int = 3) -> dict[str, Any]:
    """Returns a network of two heads for what `preprocess` makes.

    Args:
        made: the content of preprocess.json.
        label: a key of ANSWERS.
        seed: of the weights.
    """
    rng = np.random.default_rng(seed)
    answer = ANSWERS[label]
    numbers = 2 * len(made["numbers"]) + _PARTS_OF_TIME * len(made["times"])
    rows = made["indices"][-1]["begin"] + made["indices"][-1]["missing"] + 1
    heads, hidden, width, units, edges = 2, 6, 3, len(answer.get("classes", [0])), 4
    deep = numbers * (1 + width) + len(made["indices"]) * width

    def some(*shape: int) -> dict[str, Any]:
        return tensor(rng.normal(0, 0.3, shape).astype(np.float32))

    return {
        "format": 1,
        "numbers": {
            "median": some(numbers),
            "unit": tensor(np.ones(numbers, np.float32)),
            "begins": some(numbers, edges),
            "rates": tensor(rng.uniform(0, 2, (numbers, edges)).astype(np.float32)),
            "slopes": some(numbers, edges, width),
            "offsets": some(numbers, width),
        },
        "indices": {"deep": some(rows, width), "linear": some(rows, units)},
        "words": [],
        "factors": some(heads, deep),
        "hidden": [{"kernel": some(deep, hidden), "bias": some(hidden)}],
        "heads": {"kernels": some(heads, hidden, units), "biases": some(heads, units)},
        "answer": answer,
    }
