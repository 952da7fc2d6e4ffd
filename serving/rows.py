"""Rows of CSV or JSON lines as arrays for the `raw` signature; a value of the wrong type names its row and column."""

from __future__ import annotations

import csv
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from pipeline.errors import UsageError

Row = Mapping[str, Any]

_INT64 = np.iinfo(np.int64)
# How the `raw` signature spells "missing"; the same as in components/signatures.py.
_MISSING = {"string": "", "int64": _INT64.min, "float32": np.nan}
_WORDS = {"string": "text", "int64": "a whole number", "float32": "a number"}


@contextmanager
def open_rows(path: str) -> Iterator[Iterator[Row]]:
    """Opens a .csv, .jsonl or .parquet file, or JSON lines on standard input for "-", as an iterator of rows."""
    if path == "-":
        yield _json_lines(sys.stdin, "standard input")
        return
    file = Path(path)
    if not file.is_file():
        raise UsageError(f"{path}: no such file")
    if file.suffix not in (".csv", ".jsonl", ".json", ".parquet"):
        raise UsageError(f"{path}: expected a .csv, .jsonl, .json or .parquet file, got '{file.suffix}'")
    if file.suffix == ".parquet":
        yield _parquet_rows(file)
        return
    with file.open(newline="", encoding="utf-8-sig") as handle:
        rows = csv.DictReader(handle) if file.suffix == ".csv" else _json_lines(handle, path)
        try:
            yield iter(rows)
        except UnicodeDecodeError as error:
            raise UsageError(f"{path}: is not UTF-8. Convert it: iconv -f LATIN1 -t UTF-8 FILE") from error


def batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Groups rows by `size`."""
    rows = iter(rows)
    while batch := list(itertools.islice(rows, size)):
        yield batch


def to_arrays(rows: list[Row], dtypes: Mapping[str, str], first_row: int) -> dict[str, np.ndarray]:
    """Turns rows into one array of shape [len(rows)] for each column.

    Args:
        rows: by column name; an absent column, None or "" means missing.
        dtypes: of the columns to take: "string", "int64" or "float32". Other columns are left out.
        first_row: the number of the first row, for messages.

    Raises:
        UsageError: a value is not of its column's type.
    """
    return {
        column: np.array(
            [_convert(row.get(column), dtype, first_row + i, column) for i, row in enumerate(rows)],
            dtype=object if dtype == "string" else dtype,
        )
        for column, dtype in dtypes.items()
    }


def _convert(value: Any, dtype: str, row: int, column: str) -> Any:
    if value is None or value == "":
        return _MISSING[dtype]
    try:
        return _CONVERTERS[dtype](value)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"row {row}, column '{column}': expected {_WORDS[dtype]}, got {value!r}"
        raise UsageError(message) from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole_number(value: Any) -> int:
    """Takes 3, "3", 3.0 and "3.0"; through float only where int cannot, so that large ids stay exact."""
    if isinstance(value, bool):
        raise TypeError
    try:
        number = int(value) if isinstance(value, str | int) else int(str(value))
    except ValueError:
        number = int(float(value))
        if number != float(value):
            raise
    if not _INT64.min < number <= _INT64.max:  # the least of all stands for "missing"
        raise OverflowError
    return number


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


_CONVERTERS: Mapping[str, Callable[[Any], Any]] = {"string": _text, "int64": _whole_number, "float32": _number}


def _parquet_rows(file: Path) -> Iterator[Row]:
    from pyarrow import ArrowInvalid, parquet

    try:
        table = parquet.ParquetFile(file)
    except (ArrowInvalid, OSError) as error:
        raise UsageError(f"{file}: is not a Parquet file ({error})") from error
    for batch in table.iter_batches():
        yield from batch.to_pylist()


def _json_lines(handle: TextIO, name: str) -> Iterator[Row]:
    for number, line in enumerate(handle, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise UsageError(f"{name}: line {number} is not JSON ({error.msg}): {line[:60].rstrip()!r}") from error
        if not isinstance(row, dict):
            raise UsageError(f"{name}: line {number}: expected a JSON object of columns, got {line[:60].rstrip()!r}")
        yield row
