"""Where each row of a table lies in time, or in another order of numbers, told from one of its columns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.example_gen import parquet_values
from components.example_gen.settings import Reading
from turnstile import times
from turnstile.errors import UsageError
from turnstile.null_values import is_word

_ISO, _NUMBER = "a date or a time as ISO 8601 has it", "a number"
_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
_LARGEST = 2**62  # of numbers that are kept as integers
_SHOWN = 40  # characters of a value in a message


@dataclass(frozen=True)
class Moments:
    """The values of the column, one for each row.

    Attributes:
        values: numbers; of a row without one, 0.
        missing: which rows have none.
        unit: the unit of the values, as times.PER_SECOND names it, counted from 1970, or "day"; None if they are no
            times.
    """

    values: np.ndarray
    missing: np.ndarray
    unit: str | None

    def days(self) -> np.ndarray:
        """Returns the day of each row that has a value, in days since 1970-01-01, in UTC."""
        known = self.values[~self.missing]
        per_day = 1 if self.unit == "day" else times.DAY * times.PER_SECOND[self.unit or "s"]
        return np.floor_divide(known, per_day).astype(np.int64)

    def __len__(self) -> int:
        return len(self.values)


def of_columns(name: str, columns: Iterable[pa.Array], how: Reading, unit: str | None) -> Moments:
    """Reads the column.

    Args:
        name: its name, for messages.
        columns: its cells, part by part; those of a CSV file are text.
        how: how the cells of the files are read.
        unit: the unit of numbers; None to tell it from their size.

    Raises:
        UsageError: a cell is neither missing nor a time nor a number, or some are times and others are numbers.
    """
    values, missing, first, row = [], [], "", 0
    for column in columns:
        found, absent, kind = _read(name, column, how, row)
        if first and kind and kind != first:
            raise UsageError(f"column '{name}': holds {first} in some rows, and {kind} in others; expected one of them")
        first, row = first or kind, row + len(column)
        values.append(found)
        missing.append(absent)
    joined = np.concatenate(values) if values else np.zeros(0, np.int64)
    absent = np.concatenate(missing) if missing else np.zeros(0, bool)
    return Moments(joined, absent, _unit(first, joined[~absent], unit))


def _unit(kind: str, known: np.ndarray, unit: str | None) -> str | None:
    if kind != _NUMBER:
        return "us" if kind else None
    return unit or (times.likely_unit(float(known.min()), float(known.max())) if len(known) else None)


def _read(name: str, column: pa.Array, how: Reading, row: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Returns the numbers of some rows, which of them are missing, and what the others are."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if parquet_values.is_moment(column.type):
        return *_numbers(_microseconds(column)), _ISO
    if parquet_values.is_string(column.type):
        return _of_text(name, column.to_pylist(), how, row)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return *_numbers(column), _NUMBER
    if pa.types.is_null(column.type):
        return *_numbers(column.cast(pa.int64())), ""
    raise UsageError(f"column '{name}': holds {column.type}; expected times or numbers. Name another with --by")


def _microseconds(column: pa.Array) -> pa.Array:
    """Dates and timestamps since 1970, in UTC if they have a zone; finer parts of a second are dropped."""
    return column.cast(pa.timestamp("us"), safe=False).cast(pa.int64())


def _numbers(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    missing = pc.is_null(column, nan_is_null=True).to_numpy(zero_copy_only=False)
    return pc.if_else(pa.array(missing), 0, column).to_numpy(zero_copy_only=False), missing


def _of_text(name: str, cells: Sequence[str | None], how: Reading, row: int) -> tuple[np.ndarray, np.ndarray, str]:
    kind, values, missing = "", [], []
    for number, cell in enumerate(cells, row + 1):
        missing.append(cell is None or is_word(cell) or cell in how.null_values)
        if cell is None or missing[-1]:
            values.append(0)
            continue
        kind = kind or (_ISO if times.is_iso(cell) else _NUMBER)
        value = _PARSERS[kind](how.dialect.number(cell) if kind == _NUMBER else cell)
        if value is None:
            raise UsageError(
                f"column '{name}': row {number:,} holds '{cell[:_SHOWN]}'; expected {kind}. Correct it; or, if it "
                "means that there is none, list it as null_values under [data] of a config, and give that as --config"
            )
        values.append(value)
    return np.array(values), np.array(missing, bool), kind


def _number(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number) or "_" in text:
        return None
    return int(text) if _WHOLE.fullmatch(text) and abs(number) < _LARGEST else number


def _since_1970(text: str) -> int | None:
    seconds = times.seconds_of(text)
    return None if seconds is None else seconds * times.PER_SECOND["us"]


_PARSERS: dict[str, Callable[[str], Any]] = {_ISO: _since_1970, _NUMBER: _number}
