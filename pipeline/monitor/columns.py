"""Rows of a request log as Arrow columns of the types that a schema gives them, as ExampleGen writes the same rows."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

_TYPES = {schema_pb2.INT: pa.int64(), schema_pb2.FLOAT: pa.float32(), schema_pb2.BYTES: pa.large_binary()}
# What Arrow takes the cells of a column for that can be converted all at once.
_FITTING = {
    pa.int64(): (pa.int64(), pa.null()),
    pa.float32(): (pa.int64(), pa.float64(), pa.null()),
    pa.large_binary(): (pa.string(), pa.null()),
}

Cells = Sequence[Any]  # of a column, one for each row: a value, None for none, a list for several


class Columns:
    """Makes record batches of rows, and counts the cells that are not of their column's type.

    A cell without a value, or a column that a row lacks, becomes a list without values, as an empty cell of a CSV file
    does: the model cannot tell them apart.

    Args:
        schema: the columns.
        aliases: the other name of a column, by which the signature `raw` knows it.

    Attributes:
        misfits: how many cells of each column are not of its type; they are taken for missing.
        examples: of each such column, the first of these cells.
    """

    def __init__(self, schema: schema_pb2.Schema, aliases: Mapping[str, str]):
        self._types = {feature.name: _TYPES[feature.type] for feature in schema.feature}
        self._aliases = {name: aliases[name] for name in self._types if aliases.get(name, name) != name}
        self.misfits: Counter[str] = Counter()
        self.examples: dict[str, Any] = {}

    def batch(self, rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
        """Returns some rows, a column of lists for each column of the schema."""
        arrays = {name: self._column(name, self._cells(name, rows)) for name in self._types}
        return pa.RecordBatch.from_arrays(list(arrays.values()), list(arrays))

    def _cells(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Cells:
        if alias := self._aliases.get(name):
            return [row.get(name, row.get(alias)) for row in rows]
        return [row.get(name) for row in rows]

    def _column(self, name: str, cells: Cells) -> pa.Array:
        type_ = self._types[name]
        try:
            values = pa.array(cells)
        except (pa.ArrowException, OverflowError):  # of several types
            values = None
        if values is None or values.type not in _FITTING[type_]:
            return pa.array([list(self._values(name, cell)) for cell in cells], pa.large_list(type_))
        values = values.cast(type_, safe=False)
        there = values.is_valid().to_numpy(zero_copy_only=False)
        offsets = np.concatenate([[0], np.cumsum(there)])
        return pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), values.drop_null())

    def _values(self, name: str, cell: Any) -> Iterable[Any]:
        """The values of a cell that are of the column's type."""
        for value in cell if isinstance(cell, list) else () if cell is None else (cell,):
            if value is None:
                continue
            try:
                yield _converted(value, self._types[name])
            except (TypeError, ValueError, OverflowError):
                self.misfits[name] += 1
                self.examples.setdefault(name, value)


def _converted(value: Any, type_: pa.DataType) -> Any:
    if pa.types.is_large_binary(type_):
        if isinstance(value, dict):
            return base64.b64decode(value.get("b64", 0))
        if not isinstance(value, str):
            raise TypeError(value)
        return value.encode()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    if pa.types.is_floating(type_):
        return np.float32(value)
    if value != int(value) or not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return int(value)
