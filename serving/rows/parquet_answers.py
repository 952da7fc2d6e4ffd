"""Writes rows of answers as Parquet, with the types that the model and a Parquet input declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

import pyarrow as pa
from pyarrow import parquet

from serving.model.dtypes import FLOAT, HALF, NUMPY, STRING
from serving.rows import answer_columns
from serving.rows.answer_columns import Columns
from serving.rows.answer_formats import json_text
from turnstile.errors import UsageError

# Rows that are kept in memory until they are written together: few enough for some ten MB, many enough that a reader
# finds long columns.
_GROUP_ROWS = 65_536
_CANNOT_BE_STORED = (pa.ArrowException, OverflowError, TypeError, ValueError)


class Parquet:
    """Writes rows as Parquet, a row group at a time.

    Args:
        handle: the file, for bytes.
        types: the types of the columns, in their order: pyarrow's type, or the number of a TensorFlow dtype. A column
            without a type (None) gets that of its values in the first row group; it becomes text if it has no values
            there, and JSON as text if they have parts.
        group_rows: how many rows to keep in memory.
    """

    def __init__(self, handle: IO[bytes], types: Mapping[str, Any], group_rows: int = _GROUP_ROWS):
        self._handle, self._types, self._group_rows = handle, types, group_rows
        self._rows: list[Mapping[str, Any]] = []
        self._columns: list[Columns] = []  # of many rows each
        self._rows_kept = self._rows_written = 0
        self._writer: parquet.ParquetWriter | None = None

    def write(self, row: Mapping[str, Any]) -> None:
        """Keeps one row, and writes the row group if it is full.

        Raises:
            UsageError: a value is not of its column's type.
        """
        self._rows.append(row)
        if len(self._rows) == self._group_rows:
            self._write_group()

    def write_columns(self, columns: Columns) -> None:
        """Keeps many rows, and writes the row group if it is full; errors as of `write`."""
        self._columns.append(columns)
        self._rows_kept += len(next(iter(columns.values())))
        if self._rows_kept >= self._group_rows:
            self._write_group()

    def finish(self) -> None:
        """Writes the last rows, and the footer without which nobody can read the file."""
        if self._rows or self._columns or self._writer is None:
            self._write_group()
        if self._writer:
            self._writer.close()

    def abandon(self) -> None:
        """Lets go of the file."""
        if self._writer:
            with suppress(Exception):  # whatever made the caller give up is what the user should hear of
                self._writer.close()

    def _write_group(self) -> None:
        columns = self._kept()
        if self._writer is None:
            types = {name: _type(self._types.get(name), values) for name, values in columns.items()}
            self._writer = parquet.ParquetWriter(self._handle, pa.schema(list(types.items())))
        schema = self._writer.schema
        arrays = [self._array(field, columns[field.name]) for field in schema]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        self._rows_written += len(self._rows) + self._rows_kept
        self._rows, self._columns, self._rows_kept = [], [], 0

    def _kept(self) -> dict[str, Any]:
        """Returns the columns of the rows that are kept: as Arrow has them, or lists."""
        if self._columns:
            return {name: _joined([columns[name] for columns in self._columns]) for name in self._columns[0]}
        names = self._types or (self._rows[0] if self._rows else {})
        return {name: [row.get(name) for row in self._rows] for name in names}

    def _array(self, field: pa.Field, values: Sequence[Any] | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        if isinstance(values, pa.ChunkedArray):
            if values.type == field.type:
                return values
            values = values.to_pylist()
        if pa.types.is_string(field.type):
            values = [_text(value) for value in values]
        try:
            return pa.array(values, field.type)
        except _CANNOT_BE_STORED:
            for number, value in enumerate(values, start=self._rows_written + 1):
                if not _can_be_stored(value, field.type):
                    raise UsageError(
                        f"row {number}, column '{field.name}': {value!r} cannot be stored as {field.type}, the type of "
                        "the column's first rows; a Parquet column has one type. Write JSON lines: --out FILE.jsonl"
                    ) from None
            raise


def _joined(parts: Sequence[Any]) -> list[Any] | pa.ChunkedArray:
    if all(isinstance(part, pa.Array) for part in parts):
        return pa.chunked_array(parts)
    return [value for part in parts for value in answer_columns.values(part)]


def _type(declared: Any, values: Sequence[Any] | pa.ChunkedArray) -> pa.DataType:
    if isinstance(declared, pa.DataType):
        return declared
    values = values.to_pylist() if isinstance(values, pa.ChunkedArray) else values
    values = [value for value in values if value is not None]
    if declared is None:
        return _inferred_type([_text(value) for value in values])
    # pyarrow takes no Python number as a half float.
    found = pa.string() if declared == STRING else pa.from_numpy_dtype(NUMPY[FLOAT if declared == HALF else declared])
    part = values[0] if values else None
    while isinstance(part, list):  # an output with several numbers a row
        found, part = pa.list_(found), part[0] if part else None
    return found


def _inferred_type(values: Sequence[Any]) -> pa.DataType:
    if not values:
        return pa.string()
    try:
        return pa.infer_type(values)
    except _CANNOT_BE_STORED:  # of several types: the first value's counts, and the others are told as wrong
        return pa.infer_type(values[:1])


def _text(value: Any) -> Any:
    return json_text(value) if isinstance(value, dict | list) else value


def _can_be_stored(value: Any, type_: pa.DataType) -> bool:
    try:
        pa.array([value], type_)
    except _CANNOT_BE_STORED:
        return False
    return True
