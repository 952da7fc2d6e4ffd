"""Rows of CSV or JSON lines as arrays for the `raw` signature; a value of the wrong type names its row and column."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, TextIO

import numpy as np

from serving.model.dtypes import BFLOAT16, NUMPY
from serving.rows.conversion import converted
from turnstile import csv_dialect, csv_rules, null_values
from turnstile.aliases import columns_of
from turnstile.csv_dialect import Dialect
from turnstile.errors import UsageError
from turnstile.places import Place, correct, for_arrow, place

Row = Mapping[str, Any]
Arrays = dict[str, np.ndarray]

_NUMPY = {"string": object, "int64": np.int64, "float": np.float32}


class Rows(Iterator[Row]):
    """The rows of a file, and how far it has been read.

    Args:
        rows: the rows, each by column name.
        share: how much of the file has been read, between 0 and 1; None if its length is not known.
    """

    def __init__(self, rows: Iterator[Row], share: Callable[[], float | None] = lambda: None):
        self._rows, self.share = rows, share
        self.count = 0  # that were read
        self.types: Mapping[str, Any] = {}  # pyarrow's types by column, where the file declares them
        self.missing: frozenset[str] = frozenset()  # text that becomes None

    def __next__(self) -> Row:
        row = next(self._rows)
        if self.missing:
            row = {name: None if _in(self.missing, value) else value for name, value in row.items()}
        self.count += 1
        return row


def _in(texts: frozenset[str], value: Any) -> bool:
    return isinstance(value, str) and value in texts


@contextmanager
def open_rows(path: str, missing: Collection[str] = (), dialect: Dialect = csv_dialect.PLAIN) -> Iterator[Rows]:
    """Opens a .csv, .jsonl or .parquet file, or JSON lines on standard input for "-", as an iterator of rows.

    Args:
        path: the path of the file.
        missing: text that stands for a missing value in any column: data.null_values of the config.
        dialect: how CSV is written; its decimals are the business of to_values.

    Raises:
        UsageError: there is no such file, or it cannot be read; the latter where rows are taken.
    """
    with _opened(path, dialect) as rows:
        rows.missing = frozenset(missing)
        yield rows


@contextmanager
def _opened(path: str, dialect: Dialect) -> Iterator[Rows]:
    if path == "-":
        yield Rows(_json_lines(sys.stdin, "standard input"))
        return
    file = place(path)
    if not file.is_file():
        raise UsageError(f"{path}: no such file. {correct(path)}")
    ending, is_json = csv_dialect.ending(file.name), file.suffix.lower() in (".jsonl", ".json")
    if not ending and not is_json:
        raise UsageError(f"{path}: expected a .csv, .jsonl, .json or .parquet file, got '{file.suffix}'")
    if ending == csv_dialect.PARQUET:
        yield _parquet_rows(file)
        return
    with file.open("rb") as read:
        content = read if is_json else csv_dialect.unpacked(read, dialect.compression_of(path))
        with io.TextIOWrapper(content, newline="", encoding="utf-8-sig") as handle:
            size = file.stat().st_size or 1
            found = _json_lines(handle, path) if is_json else _csv_rows(content, handle, path, dialect.separator)
            yield Rows(_utf8(found, content, path), lambda: read.tell() / size)


def to_arrays(rows: Sequence[Row], dtypes: Mapping[str, str], first_row: int) -> Arrays:
    """Turns rows into one array of shape [len(rows)] for each column.

    Args:
        rows: the rows, each by column name; an absent column, None or "" means missing.
        dtypes: the dtypes of a model's inputs, each by its column's name or alias: "string" (bytes, UTF-8), "int64"
            or "float". Other columns are left out.
        first_row: the number of the first row, for messages.

    Raises:
        UsageError: a value is not of its column's type.
    """
    return stack([to_values(row, dtypes, first_row + i) for i, row in enumerate(rows)], dtypes)


def to_values(row: Row, dtypes: Mapping[str, str], number: int, decimal: str = ".") -> list[Any]:
    """Takes the columns that the inputs of a model stand for from one row, in the inputs' order; as to_arrays.

    Args:
        row: the row, by column name.
        dtypes: the dtypes of the inputs.
        number: the row's, for messages.
        decimal: the character before the decimals of a number in text.

    Raises:
        UsageError: a value is not of its column's type.
    """
    columns = columns_of(tuple(dtypes), tuple(row))
    return [
        converted(row.get(column := columns.get(name, name)), dtype, number, column, decimal)
        for name, dtype in dtypes.items()
    ]


def stack(rows: Sequence[Sequence[Any]], dtypes: Mapping[str, str]) -> Arrays:
    """Makes an array of each column of rows that to_values made."""
    columns = zip(*rows, strict=True)
    return {
        name: np.array(values, _NUMPY[dtype]) for (name, dtype), values in zip(dtypes.items(), columns, strict=True)
    }


def to_rows(arrays: Arrays) -> list[dict[str, Any]]:
    """Turns arrays with a row at each place of their first dimension into rows; what is missing becomes None."""
    columns = [column_values(array) for array in arrays.values()]
    return [dict(zip(arrays, row, strict=True)) for row in zip(*columns, strict=True)]


def column_values(array: np.ndarray) -> list[Any]:
    """Returns what an array has at each place of its first dimension, as JSON has it; None for what is missing."""
    if array.dtype == object:
        return [column_values(part) for part in array] if array.ndim > 1 else [readable(value) for value in array]
    if array.dtype == NUMPY[BFLOAT16]:
        array = array.astype(np.float32)
    elif array.dtype.kind == "c":  # which JSON has no numbers for: [real, imaginary]
        array = np.stack([array.real, array.imag], axis=-1)
    if array.dtype.kind not in "fi" or array.ndim > 1:
        return array.tolist()
    values = array.tolist()
    for i in np.flatnonzero(np.isnan(array) if array.dtype.kind == "f" else array == null_values.MISSING_INT):
        values[i] = None
    return values


def written_values(array: np.ndarray) -> list[Any]:
    """Returns the same of an array of one dimension; float32 with the digits that it was written with."""
    values = column_values(array)
    if array.dtype.kind != "f":
        return values
    return [None if value is None else float(str(number)) for value, number in zip(values, array, strict=True)]


def readable(value: bytes) -> Any:
    """Returns bytes as a JSON value: text, None for no bytes at all.

    Bytes that are not UTF-8 become {"b64": ...}, as in TensorFlow Serving's answers.
    """
    try:
        return value.decode() or None
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}


_ONE_A_LINE = 'Write each row on one line, such as {"fare": 5.5, "company": null}'


def _csv_rows(content: IO[bytes], handle: TextIO, name: str, separator: str) -> Iterator[Row]:
    try:
        if words := csv_rules.foreign(content.read(4)):
            raise csv_rules.CsvError(words)
        content.seek(0)
        yield from csv_rules.rows(handle, separator)
    except (csv_rules.CsvError, csv_dialect.PackedError) as error:
        raise UsageError(csv_rules.in_file(name, error)) from error


def _utf8(rows: Iterator[Row], content: IO[bytes], path: str) -> Iterator[Row]:
    """Says where a file is not UTF-8."""
    try:
        yield from rows
    except UnicodeDecodeError as error:
        position = csv_rules.first_byte_not_utf8(content)
        raise UsageError(csv_rules.in_file(path, csv_rules.not_utf8(position or 0))) from error


def _parquet_rows(file: Place) -> Rows:
    from pyarrow import ArrowInvalid, parquet

    try:
        table = parquet.ParquetFile(for_arrow(file))
    except (ArrowInvalid, OSError) as error:
        raise UsageError(f"{file}: is not a Parquet file ({error}). Check how it was exported") from error
    if twice := [name for name, times in Counter(table.schema_arrow.names).items() if times > 1]:
        raise UsageError(f"{file}: names a column twice: {', '.join(twice)}. Rename or drop one of the two")
    rows = Rows(row for batch in table.iter_batches() for row in batch.to_pylist())
    rows.share = lambda: rows.count / max(table.metadata.num_rows, 1)
    rows.types = {field.name: field.type for field in table.schema_arrow}
    return rows


def _json_lines(handle: TextIO, name: str) -> Iterator[Row]:
    for number, line in enumerate(handle, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            fault = f"line {number} is not JSON ({error.msg}): {line[:60].rstrip()!r}"
            raise UsageError(f"{name}: {fault}. {_ONE_A_LINE}") from error
        if not isinstance(row, dict):
            fault = f"line {number}: expected a JSON object of columns, got {line[:60].rstrip()!r}"
            raise UsageError(f"{name}: {fault}. {_ONE_A_LINE}")
        yield row
