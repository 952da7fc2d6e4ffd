"""Writes rows of answers as JSON lines or CSV; parquet_answers.py does it as Parquet."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import IO, Any, Protocol

import numpy as np

from serving.rows import answer_columns
from serving.rows.answer_columns import Columns
from serving.rows.reading import readable

_PLAIN = (str, int, float, bool, type(None))  # what JSON and CSV can write as it is


_ENCODER = json.JSONEncoder(default=lambda value: plain(value))
_TO_QUOTE = re.compile('[",\\r\\n]')  # in a cell of CSV


class AnswerWriter(Protocol):
    """Writes the rows of one file."""

    def write(self, row: Mapping[str, Any]) -> None:
        """Writes one row, or keeps it until there are enough to write."""

    def write_columns(self, columns: Columns) -> None:
        """Writes many rows, of which columns has the values: the same as writing one after another."""

    def finish(self) -> None:
        """Writes what is still kept; all rows have been given."""

    def abandon(self) -> None:
        """Lets go of the file without completing it."""


class JsonLines:
    """Writes each row as a JSON object on a line of its own.

    JSON has no NaN and no infinity, and most parsers refuse a file with them, so both are written as null.

    Args:
        handle: the file.
        tell: is told at the end how many infinite numbers became null. (NaN is the usual way to say "missing".)
    """

    def __init__(self, handle: IO[str], tell: Callable[[str], None]):
        self._handle, self._tell = handle, tell
        self._infinite: Counter[str] = Counter()

    def write(self, row: Mapping[str, Any]) -> None:
        """Writes one row."""
        try:
            text = json.dumps(row, allow_nan=False, default=plain)
        except ValueError:  # NaN or an infinity somewhere; looking for them in every row would be slow
            self._infinite += Counter({name: n for name, value in row.items() if (n := _infinities(value))})
            text = json_text(row)
        print(text, file=self._handle)

    def write_columns(self, columns: Columns) -> None:
        """Writes many rows."""
        texts = [self._texts(name, column) for name, column in columns.items()]
        names = [json.dumps(name).replace("%", "%%") for name in columns]
        line = "{" + ", ".join(f"{name}: %s" for name in names) + "}\n"
        self._handle.writelines(line % row for row in zip(*texts, strict=True))

    def _texts(self, name: str, column: Any) -> list[str]:
        texts = answer_columns.number_texts(column)
        if texts is None:
            return [self._text(name, value) for value in answer_columns.values(column)]
        for row in np.flatnonzero(answer_columns.missing(column)):
            texts[row] = "null"
        for row in np.flatnonzero(np.isinf(column)):
            texts[row] = self._text(name, float(column[row]))
        return texts

    def _text(self, name: str, value: Any) -> str:
        if infinities := _infinities(value):
            self._infinite[name] += infinities
        return _ENCODER.encode(_finite(value))

    def finish(self) -> None:
        """Tells what JSON could not say."""
        if self._infinite:
            where = ", ".join(f"{count:,} in '{name}'" for name, count in self._infinite.items())
            self._tell(
                f"JSON has no infinite numbers, so null was written for them: {where}. CSV and Parquet keep them"
            )

    def abandon(self) -> None:
        """Does nothing: no row is kept back."""


class Csv:
    """Writes rows as CSV, with a header.

    What has parts, such as a list of probabilities, is written as JSON within its cell.

    Args:
        handle: the file.
        columns: their names in order; those of the first row if there are none.
    """

    def __init__(self, handle: IO[str], columns: Mapping[str, Any]):
        self._handle, self._columns = handle, list(columns)
        self._writer: csv.DictWriter | None = None

    def write(self, row: Mapping[str, Any]) -> None:
        """Writes one row, after the header if it is the first."""
        if self._writer is None:
            self._writer = csv.DictWriter(self._handle, fieldnames=self._columns or list(row))
            self._writer.writeheader()
        self._writer.writerow({name: _cell(value) for name, value in row.items()})

    def write_columns(self, columns: Columns) -> None:
        """Writes many rows, after the header if they are the first."""
        if self._writer is None:
            self._writer = csv.DictWriter(self._handle, fieldnames=self._columns or list(columns))
            self._writer.writeheader()
        texts = [_cells(columns[name]) for name in self._writer.fieldnames]
        if len(texts) == 1:  # of which csv quotes what is empty
            texts[0] = [text or '""' for text in texts[0]]
        self._handle.writelines(f"{','.join(row)}\r\n" for row in zip(*texts, strict=True))

    def finish(self) -> None:
        """Does nothing: no row is kept back."""

    def abandon(self) -> None:
        """Does nothing: no row is kept back."""


def json_text(value: Any) -> str:
    """Returns a value as JSON that every parser takes: NaN and infinities are null."""
    return json.dumps(_finite(value), default=plain)


def plain(value: Any) -> Any:
    """Returns what a Parquet file may hold beyond JSON's types as text: bytes, dates and times, decimals."""
    if isinstance(value, bytes):
        return readable(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _cells(column: Any) -> list[str]:
    """Returns the cells of a column as csv.writer writes them."""
    texts = answer_columns.number_texts(column)
    if texts is None:
        return [_quoted(_cell(value)) for value in answer_columns.values(column)]
    for row in np.flatnonzero(answer_columns.missing(column)):
        texts[row] = ""
    for row in np.flatnonzero(np.isinf(column)):
        texts[row] = repr(float(column[row]))
    return texts


def _quoted(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text


def _cell(value: Any) -> Any:
    value = value if isinstance(value, (*_PLAIN, list, tuple, dict)) else plain(value)
    return value if isinstance(value, _PLAIN) else json_text(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value


def _infinities(value: Any) -> int:
    if isinstance(value, float):
        return math.isinf(value)
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return sum(map(_infinities, parts))
