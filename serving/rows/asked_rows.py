"""The rows of a request: those of named tensors, and those of serialized tf.train.Examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from serving.model.protos import example_pb2
from serving.rows.reading import readable, to_rows

Arrays = Mapping[str, np.ndarray]

EXAMPLES = "examples"  # the input of signatures that take serialized tf.train.Examples


def count(arrays: Arrays) -> int:
    """Returns how many rows a request has: the length of its longest input."""
    return max((len(array) for array in arrays.values() if array.ndim), default=1)


def chosen(arrays: Arrays, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Takes some rows of each array; one that has no rows, such as a scalar, goes to each.

    Args:
        arrays: by name; their first dimension is the rows.
        rows: numbers of rows, ascending, at least one.
    """
    last = rows[-1]
    return {
        name: array[rows] if array.ndim and len(array) > last else np.stack([array] * len(rows))
        for name, array in sorted(arrays.items())  # gRPC has them in any order
    }


def asked(arrays: Arrays, rows: np.ndarray) -> list[dict[str, Any]]:
    """Returns some rows of the inputs of a request, each by column; those of examples are taken apart.

    Args:
        arrays: the inputs by name.
        rows: as in `chosen`.
    """
    examples = arrays.get(EXAMPLES)
    if examples is None or len(arrays) > 1 or examples.dtype != object:
        return to_rows(chosen(arrays, rows))
    try:
        return [columns(example_pb2.Example.FromString(example)) for example in examples.ravel()[rows]]
    except DecodeError:
        return to_rows(chosen(arrays, rows))


def columns(example: Any) -> dict[str, Any]:
    """Takes an example apart into its columns: a value, None for none, a list for several."""
    found = {}
    for name, feature in sorted(example.features.feature.items()):
        kind = feature.WhichOneof("kind")
        values = list(getattr(feature, kind).value) if kind else []
        texts = [readable(value) for value in values] if kind == "bytes_list" else values
        found[name] = texts if len(texts) > 1 else texts[0] if texts else None
    return found
