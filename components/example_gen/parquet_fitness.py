"""Finds the values of a Parquet column that are unfit for what the column is used for."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from components.example_gen import column_types as kind_rules
from components.example_gen import text_fitness
from components.example_gen.column_rules import Rules, Seen
from components.example_gen.column_types import ColumnType
from turnstile.columns import Want

_LARGEST = 2**63 - 1
# What stands in messages for a missing value among the items of a list.
_NULL = "a missing value inside a list"


def seen(column: pa.Array, want: Want, rules: Rules) -> Seen:
    """Returns whether a column has values, and which of them are unfit; of text that should be numbers, the kind.

    Args:
        column: a column of a type that examples can hold; a list's items count.
        want: what the column must hold.
        rules: the rules for text that stands for a missing value.
    """
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    filled = column.null_count < len(column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _seen_text(column.drop_null().cast(pa.string()), want, rules)
    odd: Counter[str] = Counter()
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        column = column.flatten()
        odd[_NULL] = column.null_count
    return Seen(ColumnType.EMPTY, filled, odd + _odd(column.drop_null(), want))


def _seen_text(items: pa.Array, want: Want, rules: Rules) -> Seen:
    items = items.filter(pc.invert(pc.is_in(items, value_set=pa.array(["", *rules.null_values]))))
    if want in (Want.NUMBER, Want.WHOLE):
        kind, odd = kind_rules.of_numbers(items, rules.words, want is Want.WHOLE)
        return Seen(kind, kind > ColumnType.WORDS or bool(odd), odd)
    return Seen(ColumnType.EMPTY, bool(len(items)), text_fitness.unfit(items, want, rules.words))


def kind_of_numbers(column: pa.Array) -> ColumnType:
    """Returns INT for numbers that are all whole, FLOAT if one is not, EMPTY where there is none."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        column = column.flatten()
    numbers = column.cast(pa.float64()).drop_null()
    numbers = numbers.filter(pc.invert(pc.is_nan(numbers)))
    if not len(numbers):
        return ColumnType.EMPTY
    return ColumnType.FLOAT if _fractions(numbers) else ColumnType.INT


def _odd(items: pa.Array, want: Want) -> Counter[str]:
    type_ = items.type
    real = pa.types.is_floating(type_) or pa.types.is_decimal(type_)
    if want in (Want.NUMBER, Want.WHOLE) and not (real or pa.types.is_integer(type_) or pa.types.is_boolean(type_)):
        return Counter({f"{type_} data": len(items)}) if len(items) else Counter()
    if pa.types.is_uint64(type_) and want in (Want.NUMBER, Want.WHOLE, Want.ANY):
        return _counted(items.filter(pc.greater(items, pa.scalar(_LARGEST, type_))))
    if want is Want.WHOLE and real:
        return _counted(_fractions(items.cast(pa.float64())))
    if want is Want.BOOLEAN and pa.types.is_integer(type_):
        return _counted(items.filter(pc.invert(pc.is_in(items, value_set=pa.array([0, 1], type_)))))
    return _counted(items) if want is Want.FLAG and pa.types.is_integer(type_) else Counter()


def _fractions(numbers: pa.Array) -> pa.Array:
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), float(_LARGEST)))
    return numbers.filter(pc.invert(pc.or_(whole, pc.is_nan(numbers))))


def _counted(items: pa.Array) -> Counter[str]:
    return Counter({str(one["values"]): one["counts"] for one in items.value_counts().to_pylist()})
