"""A column of answers, whole: its values, and the texts of its numbers, which are written the same as one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from serving.rows.reading import column_values
from turnstile import null_values

# An array as the model answered it, a column of Arrow, or a list of values as JSON has them; all of one length.
Columns = Mapping[str, Any]

# Between these, Python writes a float as orjson does: its digits are the same everywhere, but "1e-05" is not "1e-5".
_PLAIN_LEAST, _PLAIN_END = 1e-4, 1e16


def values(column: Any) -> list[Any]:
    """Returns the values of a column; None where one is missing."""
    if isinstance(column, np.ndarray):
        return column_values(column)
    return column.to_pylist() if hasattr(column, "to_pylist") else list(column)


def missing(numbers: np.ndarray) -> np.ndarray:
    """Returns which numbers stand for a missing value, bool of the same shape."""
    return np.isnan(numbers) if numbers.dtype.kind == "f" else numbers == null_values.MISSING_INT


def number_texts(column: Any) -> list[str] | None:
    """Returns how Python writes each number of a column; None if it is no array of numbers, one a row.

    Of what is missing or infinite, the text means nothing.
    """
    if not isinstance(column, np.ndarray) or column.ndim != 1 or column.dtype.kind not in "fi":
        return None
    if not len(column):
        return []
    wide = column.astype(np.float64 if column.dtype.kind == "f" else np.int64)
    texts = orjson.dumps(wide, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode().split(",")
    if wide.dtype.kind == "f":
        size = np.abs(wide)
        for row in np.flatnonzero(((size < _PLAIN_LEAST) & (size > 0)) | (size >= _PLAIN_END)):
            texts[row] = repr(float(wide[row]))
    return texts
