"""Answers rows of a model for LiteRT, one after another: python ask.py model.tflite < rows.jsonl

A row is an object of values by input. What a row of model.tflite leaves out, or has as null, is missing. In Python:

    from ask import load
    predict = load("model.tflite")
    predict({"fare": 12.5, "payment_type": "Credit Card"})     # {"label": 0, "probability": 0.31}

It needs the package ai-edge-litert or, where that is not installed, tensorflow.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

MISSING = {np.float32: np.nan, np.int64: -(2**63), np.bytes_: ""}  # of a number, a whole number and a text


def load(file: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Returns a function that answers a row."""
    model = interpreter(file).get_signature_runner()
    inputs = model.get_input_details()

    def predict(row: dict[str, Any]) -> dict[str, Any]:
        given = {name: tensor(row.get(name), **like) for name, like in inputs.items()}
        return {name: plain(values[0]) for name, values in model(**given).items()}

    return predict


def interpreter(file: str) -> Any:
    """Opens a model."""
    try:
        from ai_edge_litert import interpreter as runtime
    except ModuleNotFoundError:
        from tensorflow import lite as runtime
    return runtime.Interpreter(model_path=file)


def tensor(value: Any, dtype: Any, shape: Any, **_: Any) -> np.ndarray:
    """Returns a value, or a list of them, as an input of a model."""
    value = MISSING[dtype] if value is None else value
    is_text = dtype is np.bytes_
    return np.array(value.encode() if is_text else value, object if is_text else dtype).reshape(shape)


def plain(value: Any) -> Any:
    """Returns an output as JSON has it: null for what is no number."""
    if isinstance(value, bytes):
        return value.decode()
    if value.ndim:
        return [plain(each) for each in value]
    return None if np.isnan(value) else value.item()


if __name__ == "__main__":
    for answer in map(load(sys.argv[1]), map(json.loads, sys.stdin)):
        print(json.dumps(answer, ensure_ascii=False))
