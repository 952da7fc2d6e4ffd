"""What the files for LiteRT take: rows as their inputs, and tensors.json, which describes these."""

from __future__ import annotations

import itertools
import string
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from serving.model.protos import example_pb2
from serving.model.saved_model import SavedModel
from serving.plain.edge_cases import Row
from turnstile.model_inputs import INDICES, NUMBERS, WORDS, Columns, model_inputs

MODEL, DENSE = "model.tflite", "dense.tflite"
FOUND = "found.json"  # what the process that makes them tells of them
FORMAT = 1  # of tensors.json
_TRANSFORM = "transform_features"  # the signature
_LISTS = {"number": "float_list", "integer": "int64_list", "text": "bytes_list"}


def model_rows(preprocess: Mapping[str, Any], rows: Sequence[Row]) -> list[Row]:
    """Returns rows as the whole model takes them: by input, and text of booleans without white space around it."""
    inputs = {column["name"]: column["input"] for column in preprocess["columns"]}
    trimmed = _booleans(preprocess)
    return [{inputs[name]: _trimmed(v) if name in trimmed else v for name, v in row.items()} for row in rows]


def _booleans(preprocess: Mapping[str, Any]) -> set[str]:
    return {index["column"] for index in preprocess["indices"] if index["kind"] == "boolean"}


def _trimmed(value: Any) -> Any:
    return value.strip(string.whitespace) if isinstance(value, str) else value


def dense_rows(model: SavedModel, preprocess: Mapping[str, Any], rows: Sequence[Row]) -> list[Row]:
    """Returns what Transform makes of rows, as the network alone takes it.

    Args:
        model: the version, whose signature `transform_features` is asked.
        preprocess: the content of preprocess.json.
        rows: values by column.
    """
    types = {column["name"]: column["type"] for column in preprocess["columns"]}
    made = model(_TRANSFORM, {"examples": np.array([_example(row, types) for row in rows], object)})
    begins = np.array([index["begin"] for index in preprocess["indices"]])
    # Indices are rows of the table, and places of words begin with 0: as the runners of plain code have them.
    laid_out = {NUMBERS: lambda x: x, INDICES: lambda x: x + begins, WORDS: lambda x: x - 1}
    found = {name: lay(made[name]).tolist() for name, lay in laid_out.items() if name in made}
    return [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]


def _example(row: Row, types: Mapping[str, str]) -> bytes:
    example = example_pb2.Example()
    for name, value in row.items():
        if value is not None and value != "":
            values = getattr(example.features.feature[name], _LISTS[types[name]]).value
            values.append(value.encode() if isinstance(value, str) else value)
    return example.SerializeToString()


def described(
    columns: Columns, preprocess: Mapping[str, Any], orders: Mapping[str, Mapping[str, Sequence[str]]]
) -> dict[str, Any]:
    """Returns the content of tensors.json.

    Args:
        columns: features and label.
        preprocess: the content of preprocess.json.
        orders: of each file, the names of its `inputs` and `outputs` in the order in which it has them.
    """
    of_file = {MODEL: _of_model(preprocess), DENSE: _of_dense(columns, preprocess)}
    files = {
        file: {"inputs": [of_file[file][name] for name in order["inputs"]], "outputs": list(order["outputs"])}
        for file, order in orders.items()
    }
    return {"format": FORMAT, **files}


def _of_model(preprocess: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    trimmed = _booleans(preprocess)
    return {
        column["input"]: {
            "input": column["input"],
            "column": column["name"],
            "type": column["type"],
            "trim": column["type"] == "text" and column["name"] in trimmed,
        }
        for column in preprocess["columns"]
    }


def _of_dense(columns: Columns, preprocess: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    layout = model_inputs(columns)
    begins = [index["begin"] for index in preprocess["indices"]]
    terms = [text["terms"] for text in preprocess["texts"]]
    places = itertools.accumulate(terms, initial=0)
    values = {
        NUMBERS: list(layout.numbers),
        INDICES: [{"name": name, "begin": begin} for name, begin in zip(layout.indices, begins, strict=True)],
        WORDS: [{"name": n, "begin": b, "terms": t} for n, b, t in zip(layout.words, places, terms, strict=False)],
    }
    return {name: {"input": name, "values": each} for name, each in values.items()}
