"""What a page carries of a made model: every kind of field, and a network of which the answers are known."""

from __future__ import annotations

import math
from typing import Any

WORDS = ["Cash", "Card"]
_COLUMNS = {"fare": "number", "miles": "number", "seconds": "integer", "paid": "text", "shared": "text"}
_COLUMNS |= {"at": "text", "remark": "text"}
_TIME = {"mean": 1.4e9, "deviation": 1e7}
_ANSWERS = {
    "binary": {"task": "binary", "decision": 0.5},
    "multiclass": {"task": "multiclass", "classes": ["red", "green", "blue"]},
    "regression": {"task": "regression", "log": False, "mean": 100.0, "deviation": 10.0},
}
_LABELS = {"binary": "tips is above 2", "multiclass": "color", "regression": "price"}
# What each word of `paid` adds to each output, in the order of WORDS; nothing else moves the answer.
_ADDED = {"binary": [[-1.0], [1.0]], "multiclass": [[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]], "regression": [[-1.0], [2.0]]}
_PIECES, _NUMBERS = 16, 2 * 2 + 9  # of each number; two z-scores with their indicators, and the parts of a time
_ROWS = 2 + 1 + 1 + 3 + 3  # of the table: words, others, missing; then a boolean's and the buckets'


def carried(task: str) -> dict[str, Any]:
    """Returns the content of a page."""
    from serving.page.fields import fields

    before, after = _preprocess(), _network(task)
    rows = [row(paid="Cash"), row(paid="Card", fare="7"), row(paid="Barter", shared=None)]
    return {
        "name": "made",
        "version": "7",
        "time": "2026-01-02T03:04:05+00:00",
        "use": "",
        "notFor": "",
        "caveats": [],
        "label": _LABELS[task],
        "csv": {"separator": ";", "decimal": ",", "missing": ["", "?"], "words": ["na"]},
        "fields": fields(before, after, rows),
        "recorded": {"rows": rows, "answers": [answer(task, each["paid"]) for each in rows]},
        "preprocess": before,
        "network": after,
    }


def row(**values: Any) -> dict[str, Any]:
    """Returns a row: an ordinary one, but for some values."""
    ordinary = {"fare": "12.5", "miles": 3.0, "seconds": "600", "paid": "Cash", "shared": "yes"}
    return {**ordinary, "at": "2014-05-06", "remark": "a good trip", **values}


def answer(task: str, paid: str | None) -> dict[str, Any]:
    """Returns what the model answers, whatever else is in the row."""
    added = _ADDED[task][WORDS.index(paid)] if paid in WORDS else [0.0] * len(_ADDED[task][0])
    if task == "regression":
        return {"value": 100 + 10 * added[0]}
    if task == "binary":
        probability = 1 / (1 + math.exp(-added[0]))
        return {"probability": probability, "label": int(probability >= 0.5)}
    powers = [math.exp(x) for x in added]
    shares = [power / sum(powers) for power in powers]
    return {"probabilities": shares, "label": _ANSWERS[task]["classes"][shares.index(max(shares))]}


def _preprocess() -> dict[str, Any]:
    score = {"log": False, "mean": 10.0, "deviation": 2.0}
    paid = {"kind": "vocabulary", "words": WORDS, "top_k": 2, "oov_buckets": 1, "missing": 3}
    shared = {"kind": "boolean", "yes": ["true", "yes"], "no": ["false", "no"], "missing": 2}
    miles = {"kind": "bucket", "boundaries": [2.0, 5.0], "missing": 2}
    return {
        "format": 1,
        "columns": [{"name": name, "input": name, "type": kind} for name, kind in _COLUMNS.items()],
        "numbers": [{"column": "fare", **score}, {"column": "seconds", **score}],
        "times": [{"column": "at", "unit": None, "year": {"mean": 2014.0, "deviation": 1.0}, "time": _TIME}],
        "indices": [
            {"column": "paid", **paid, "begin": 0},
            {"column": "shared", **shared, "begin": 4},
            {"column": "miles", **miles, "begin": 7},
        ],
        "texts": [{"column": "remark", "words": ["good"], "ngrams": 1, "terms": 5, "bytes": 120}],
    }


def _network(task: str) -> dict[str, Any]:
    units = len(_ADDED[task][0])
    deep = _NUMBERS * 2 + 3 + 1
    linear = _ADDED[task] + [[0.0] * units] * (_ROWS - 2)
    shapes = {"median": [_NUMBERS], "begins": [_NUMBERS, _PIECES], "rates": [_NUMBERS, _PIECES]}
    shapes |= {"slopes": [_NUMBERS, _PIECES, 1], "offsets": [_NUMBERS, 1]}
    numbers = {name: _zeros(*shape) for name, shape in shapes.items()} | {"unit": _tensor([_NUMBERS], [1.0] * _NUMBERS)}
    numbers["begins"] = _tensor([_NUMBERS, _PIECES], [float(x) for x in range(-8, 8)] * _NUMBERS)
    return {
        "format": 1,
        "numbers": numbers,
        "indices": {"deep": _zeros(_ROWS, 1), "linear": _tensor([_ROWS, units], [x for each in linear for x in each])},
        "words": [{"deep": _zeros(1, 1), "linear": _zeros(1, units)}],
        "factors": _zeros(1, deep),
        "hidden": [],
        "heads": {"kernels": _zeros(1, deep, units), "biases": _zeros(1, units)},
        "answer": _ANSWERS[task],
    }


def _zeros(*shape: int) -> dict[str, Any]:
    return _tensor(list(shape), [0.0] * math.prod(shape))


def _tensor(shape: list[int], values: list[float]) -> dict[str, Any]:
    return {"shape": shape, "values": values}
