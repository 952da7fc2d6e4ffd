"""What a column of a Parquet file becomes: features of an example, and the text that decides a row's split."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.example_gen import column_types
from components.example_gen.column_rules import Rules
from components.example_gen.column_types import ColumnType

# Between the items of a list in the text that decides the split: ASCII's own sign for it.
_SEPARATOR = "\x1e"


def is_string(type_: pa.DataType) -> bool:
    """Returns whether values of a type are strings, written out or by number."""
    type_ = type_.value_type if pa.types.is_dictionary(type_) else type_
    return pa.types.is_string(type_) or pa.types.is_large_string(type_)


def _is_list(type_: pa.DataType) -> bool:
    return pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_)


def _item_type(type_: pa.DataType) -> pa.DataType:
    type_ = type_.value_type if _is_list(type_) else type_
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def kind(type_: pa.DataType) -> ColumnType | None:
    """Returns what values of a type become, or items of a list; None for a type that no example can hold."""
    type_ = _item_type(type_)
    if pa.types.is_null(type_):
        return ColumnType.EMPTY
    if pa.types.is_integer(type_) or pa.types.is_boolean(type_):
        return ColumnType.INT
    if pa.types.is_floating(type_) or pa.types.is_decimal(type_):
        return ColumnType.FLOAT
    return ColumnType.BYTES if _is_text(type_) or pa.types.is_fixed_size_binary(type_) else None


def is_moment(type_: pa.DataType) -> bool:
    """Returns whether values of a type are dates or timestamps."""
    return pa.types.is_date(type_) or pa.types.is_timestamp(type_)


def _moments(column: pa.Array) -> pa.Array:
    """Writes dates and timestamps as text: 2015-03-01 or 2015-03-01 12:30:00, in UTC, without fractions of a second."""
    if pa.types.is_date(column.type):
        return column.cast(pa.date32()).cast(pa.string())
    naive = column.cast(pa.timestamp(column.type.unit))  # Arrow keeps timestamps with a zone in UTC
    return pc.floor_temporal(naive, unit="second").cast(pa.timestamp("s")).cast(pa.string())


def has_no_int64(type_: pa.DataType) -> bool:
    """Returns whether whole numbers of a type are better known by their text: true, or one past int64."""
    type_ = _item_type(type_)
    return pa.types.is_boolean(type_) or pa.types.is_uint64(type_)


def may_not_fit(type_: pa.DataType) -> bool:
    """Returns whether there are values of a type that no example can hold, though it holds most of them."""
    return _is_list(type_) or pa.types.is_uint64(_item_type(type_))


def _is_text(type_: pa.DataType) -> bool:
    text = pa.types.is_string(type_) or pa.types.is_large_string(type_)
    return text or pa.types.is_binary(type_) or pa.types.is_large_binary(type_)


def feature(name: str, column: pa.Array, kind: ColumnType, rules: Rules) -> pa.ListArray:
    """Returns a list for each row.

    Args:
        name: the name of the column, for messages.
        column: the column, in the file's type.
        kind: what the values shall become.
        rules: the rules for text that stands for a missing value.

    Raises:
        ValueError: a value is not of that kind.
    """
    if kind == ColumnType.EMPTY:
        return pa.nulls(len(column), pa.list_(column_types.ARROW[kind]))
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if is_moment(column.type):
        column = _moments(column)
    if kind in (ColumnType.INT, ColumnType.FLOAT) and is_string(column.type):
        column = _parsed(column, kind, rules)
    if kind == ColumnType.INT and pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    items, lengths = _items(name, column)
    if _is_text(items.type) and not _is_list(column.type):  # TFX's executor takes "" for a missing value
        listed = pa.array(["", *rules.null_values], pa.string()).cast(items.type)
        filled = pc.invert(pc.is_in(items, value_set=listed))
        lengths[lengths == 1] = filled.to_numpy(zero_copy_only=False)
        items = items.filter(filled)
    try:
        return column_types.listed(_converted(items, kind), lengths, missing=lengths == 0)
    except pa.ArrowException as error:
        raise ValueError(f"column '{name}' is {column.type}; expected {kind.name}, of 64 bits ({error})") from error


def _parsed(column: pa.Array, kind: ColumnType, rules: Rules) -> pa.ListArray:
    """Reads text as numbers."""
    column = column.cast(pa.string())
    if rules.null_values:
        listed = pc.is_in(column, value_set=pa.array(rules.null_values))
        column = pc.if_else(listed, pa.scalar(None, pa.string()), column)
    return column_types.lists(column, kind, rules.words)


def _items(name: str, column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Returns the values of all rows, one after another, and how many each row has."""
    if not _is_list(column.type):
        items, lengths = column.drop_null(), column.is_valid().cast(pa.int32())
    else:
        items, lengths = column.flatten(), pc.fill_null(pc.list_value_length(column), 0)
    if items.null_count:
        raise ValueError(f"column '{name}': a list has a missing value among others, which no example can hold")
    items = items.dictionary_decode() if pa.types.is_dictionary(items.type) else items
    return items, lengths.to_numpy(zero_copy_only=False).astype(np.int32)


def _converted(items: pa.Array, kind: ColumnType) -> pa.Array:
    if kind == ColumnType.BYTES and not _is_text(items.type) and not pa.types.is_fixed_size_binary(items.type):
        items = items.cast(pa.string())
    if kind == ColumnType.FLOAT:  # 0.1 as a double and then a single, as Python does it
        return items.cast(pa.float64(), safe=False).cast(column_types.ARROW[kind], safe=False)
    return items.cast(column_types.ARROW[kind])


def text(column: pa.Array) -> pa.Array:
    """Returns a column as text, the same in every run and on every stack."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if _is_list(column.type):
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        items = pc.fill_null(text(column.flatten()).cast(pa.binary()), b"")
        return pc.binary_join(column_types.listed(items, lengths), _SEPARATOR.encode())
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        # How a float is printed differs between versions of Arrow.
        column = column.cast(pa.float64()).view(pa.int64())
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if is_moment(column.type):
        column = _moments(column)
    return column if _is_text(column.type) else column.cast(pa.string())
