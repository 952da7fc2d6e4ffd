"""A value of a row as the `raw` signature takes it, or an error that names row and column."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from turnstile import null_values
from turnstile.csv_dialect import Dialect
from turnstile.errors import UsageError
from turnstile.times import as_iso

_INT64 = np.iinfo(np.int64)
# How the `raw` signature spells "missing"; the same as in components/trainer/signatures.py.
MISSING = {
    "string": null_values.MISSING_TEXT.encode(),
    "int64": null_values.MISSING_INT,
    "float": null_values.MISSING_FLOAT,
}
_WORDS = {"string": "text", "int64": "a whole number", "float": "a number"}


def converted(value: Any, dtype: str, row: int, column: str, decimal: str = ".") -> Any:
    """Returns a value as its column's type has it.

    Args:
        value: the value; None and "" mean missing.
        dtype: "string" (bytes, UTF-8), "int64" or "float".
        row: the row's number, for messages.
        column: the column's name, for messages.
        decimal: the character before the decimals of a number in text.

    Raises:
        UsageError: the value is not of that type.
    """
    if value is None or value == "":
        return MISSING[dtype]
    if dtype != "string" and (value != value or (isinstance(value, str) and null_values.is_word(value))):
        return MISSING[dtype]  # not a number, or a word for a missing one
    try:
        is_text = dtype == "string" or not isinstance(value, str)
        return _CONVERTERS[dtype](value if is_text else Dialect(decimal=decimal).number(value))
    except (TypeError, ValueError, OverflowError) as error:
        message = (
            f"row {row}, column '{column}': expected {_WORDS[dtype]}, got {value!r}. Correct it, or leave it empty"
        )
        raise UsageError(message) from error


def _text(value: Any) -> bytes:
    """Takes 7, true and a date of Parquet as ExampleGen writes them where the config takes a column as text."""
    if isinstance(value, bool):
        return str(value).lower().encode()
    if isinstance(value, datetime.date):
        return as_iso(value).encode()
    if not isinstance(value, str | int):
        raise TypeError
    return str(value).encode()


def _whole_number(value: Any) -> int:
    """Takes 3, "3", 3.0, "3.0", true and "True"; through float only where int cannot, so that large ids stay exact."""
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):  # as pandas writes a boolean
        return int(value.strip().lower() == "true")
    try:
        number = int(value) if isinstance(value, str | int) else int(str(value))
    except ValueError:
        number = int(float(value))
        if number != float(value):
            raise
    if not _INT64.min < number <= _INT64.max:  # the least of all stands for "missing"
        raise OverflowError
    return number


_CONVERTERS: Mapping[str, Callable[[Any], Any]] = {"string": _text, "int64": _whole_number, "float": float}
