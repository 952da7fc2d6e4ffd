"""Columns of Arrow as the inputs of a model, by the rules of serving/rows/conversion.py.

Whole columns are converted at once where Arrow reads every value as `conversion.converted` does. Where it does not,
`converted` itself does it value by value, and says which rows are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from serving.model.texts import Texts
from serving.rows.conversion import MISSING, converted
from turnstile import arrow_numbers, null_values
from turnstile.errors import UsageError

Inputs = dict[str, np.ndarray | Texts]

_NUMPY = {"int64": np.int64, "float": np.float32}
_WHOLE = 2.0**53  # whole numbers below this are the same as a double


def is_text(type_: pa.DataType) -> bool:
    """Returns whether a type is text."""
    return pa.types.is_string(type_) or pa.types.is_large_string(type_)


def of_columns(
    rows: pa.RecordBatch, columns: Mapping[str, str], dtypes: Mapping[str, str], decimal: str
) -> tuple[Inputs, np.ndarray]:
    """Turns columns into the inputs of a model.

    Args:
        rows: the columns; null or "" where a value is missing.
        columns: the column for each input that has one.
        dtypes: the dtype of each input: "string", "int64" or "float".
        decimal: the character before the decimals of a number in text.

    Returns:
        The inputs, each of shape [rows]. And which rows have a value that is not of its input's type, bool of shape
        [rows]; what their inputs are, means nothing.
    """
    inputs: Inputs = {}
    wrong = np.zeros(rows.num_rows, bool)
    for name, dtype in dtypes.items():
        column = rows.column(columns[name]) if name in columns else pa.nulls(rows.num_rows)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        inputs[name], faults = _converted(column, dtype, decimal)
        if faults is not None:
            wrong |= faults
    return inputs, wrong


def _converted(column: pa.Array, dtype: str, decimal: str) -> tuple[np.ndarray | Texts, np.ndarray | None]:
    if is_text(column.type):
        column = column.cast(pa.string())
    found = pa.nulls(len(column), _ARROW[dtype]) if pa.types.is_null(column.type) else _AT_ONCE[dtype](column, decimal)
    if found is None:
        found, faults = _one_by_one(column, dtype, decimal)
    else:
        faults = None
    filled = found.fill_null(pa.scalar(MISSING[dtype], found.type)) if found.null_count else found
    return (Texts(filled) if dtype == "string" else filled.to_numpy(zero_copy_only=False)), faults


_ARROW = {"string": pa.binary(), "int64": pa.int64(), "float": pa.float32()}


def _one_by_one(column: pa.Array, dtype: str, decimal: str) -> tuple[pa.Array, np.ndarray]:
    """Asks `converted` about each value; about each text only once."""
    indices = None
    if is_text(column.type):
        encoded = column.dictionary_encode()
        column, indices = encoded.dictionary, encoded.indices
    values = [_or_none(value, dtype, decimal) for value in column.to_pylist()]
    found, wrong = pa.array(values, _ARROW[dtype]), pa.array([value is None for value in values], pa.bool_())
    if indices is not None:
        found, wrong = found.take(indices), wrong.take(indices).fill_null(False)
    return found, wrong.to_numpy(zero_copy_only=False).astype(bool)


def _or_none(value: Any, dtype: str, decimal: str) -> Any:
    try:
        return converted(value, dtype, 0, "", decimal)
    except UsageError:
        return None


def _texts(column: pa.Array, _: str) -> pa.Array | None:
    if is_text(column.type):
        return column
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return column.cast(pa.string())
    return None


def _floats(column: pa.Array, decimal: str) -> pa.Array | None:
    type_ = column.type
    if is_text(type_):
        found = _numbers(column, pa.float64(), decimal)
    elif pa.types.is_boolean(type_):
        found = column.cast(pa.int8()).cast(pa.float64())
    elif pa.types.is_integer(type_) or pa.types.is_float32(type_) or pa.types.is_float64(type_):
        found = column.cast(pa.float64(), safe=False)
    else:
        return None
    # Rounded twice, to double and to single, as Python's float and then NumPy do it.
    return found if found is None else found.cast(pa.float32(), safe=False)


def _whole_numbers(column: pa.Array, decimal: str) -> pa.Array | None:
    type_ = column.type
    if is_text(type_):
        found = _numbers(column, pa.int64(), decimal)
        if found is None:  # as pandas writes whole numbers where some are missing: 7.0
            found = _whole(_numbers(column, pa.float64(), decimal))
    elif pa.types.is_boolean(type_):
        found = column.cast(pa.int8()).cast(pa.int64())
    elif pa.types.is_integer(type_) and type_ != pa.uint64():
        found = column.cast(pa.int64())
    elif pa.types.is_float32(type_) or pa.types.is_float64(type_):
        found = _whole(pc.if_else(pc.is_nan(column), pa.scalar(None, type_), column).cast(pa.float64()))
    else:
        return None
    if found is None or pc.any(pc.equal(found, null_values.MISSING_INT)).as_py():  # which is no number to send
        return None
    return found


def _whole(numbers: pa.Array | None) -> pa.Array | None:
    """Returns doubles as whole numbers; None if one has decimals, or is so large that it may have been another."""
    if numbers is None:
        return None
    fits = pc.and_(pc.equal(pc.trunc(numbers), numbers), pc.less(pc.abs(numbers), _WHOLE))
    return numbers.cast(pa.int64()) if pc.all(fits).as_py() is not False else None


def _numbers(cells: pa.Array, type_: pa.DataType, decimal: str) -> pa.Array | None:
    found = arrow_numbers.cast(arrow_numbers.with_points(cells, decimal), type_)
    if found is not None and not (found.type == pa.float64() and pc.any(pc.is_nan(found)).as_py()):
        return found
    missing = arrow_numbers.is_word(cells, null_values.WORDS)
    present = pc.if_else(missing, pa.scalar(None, cells.type), cells)
    return arrow_numbers.cast(arrow_numbers.with_points(present, decimal), type_)


_AT_ONCE: Mapping[str, Callable[[pa.Array, str], pa.Array | None]] = {
    "string": _texts,
    "int64": _whole_numbers,
    "float": _floats,
}
