"""What a column of cells holds, as CsvExampleGen tells it, and the cells as values of that kind."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from turnstile import arrow_numbers

# The first integers that no int64 holds are 2**63 and -2**63 - 1; as floats both are this far from 0.
_PAST_INT64 = float(2**63)
_INT64 = range(-(2**63), 2**63)


class ColumnType(enum.IntEnum):
    """What the values of a column are. Of two kinds in one column, the greater holds the values of both."""

    EMPTY = 0  # no value at all
    WORDS = 1  # none but words that stand for a missing number
    INT = 2
    FLOAT = 3
    BYTES = 4


# What an example holds of each kind, as Arrow's type. A column without values can be of any.
ARROW = {kind: pa.int64() for kind in ColumnType} | {ColumnType.FLOAT: pa.float32(), ColumnType.BYTES: pa.binary()}
_NO = {ColumnType.INT: "not a whole number", ColumnType.FLOAT: "not a number"}
_WIDE = {kind: pa.int64() for kind in ColumnType} | {ColumnType.FLOAT: pa.float64()}  # as what text is read
_OF_SCHEMA = {schema_pb2.INT: ColumnType.INT, schema_pb2.FLOAT: ColumnType.FLOAT, schema_pb2.BYTES: ColumnType.BYTES}


def of_schema(schema: schema_pb2.Schema) -> dict[str, ColumnType]:
    """Returns the kind of each feature.

    Raises:
        ValueError: a feature is neither INT, FLOAT nor BYTES.
    """
    for feature in schema.feature:
        if feature.type not in _OF_SCHEMA:
            name = schema_pb2.FeatureType.Name(feature.type)
            raise ValueError(f"schema: feature '{feature.name}' is {name}; expected INT, FLOAT or BYTES")
    return {feature.name: _OF_SCHEMA[feature.type] for feature in schema.feature}


def merged(kinds: Iterable[dict[str, ColumnType]]) -> dict[str, ColumnType]:
    """Returns, for each column of several parts of a table, the kind that holds the values of all parts."""
    result: dict[str, ColumnType] = {}
    for part in kinds:
        for name, kind in part.items():
            result[name] = max(kind, result.get(name, ColumnType.EMPTY))
    return result


def of_cells(cells: pa.Array, known: ColumnType, words: Sequence[str] = ()) -> ColumnType:
    """Returns the kind of a column of which some cells are known to be `known`, and these are others.

    Args:
        cells: text; null for a missing value.
        known: the kind so far, EMPTY if nothing is known.
        words: small text that stands for a missing value in a column of numbers.
    """
    if known == ColumnType.BYTES:
        return known
    cells, some_words = without_words(cells.drop_null(), words)
    known = max(known, ColumnType.WORDS) if some_words else known
    if not len(cells):
        return known
    # A cast of many cells that fails is dear: it words an error for each. The first cell mostly tells.
    kind = max(known, _of_cell(cells[0].as_py().encode()))
    numbers = arrow_numbers.cast(cells, _WIDE[kind]) if kind < ColumnType.BYTES else None
    if numbers is None:
        return _of_all(cells, kind)
    if kind == ColumnType.FLOAT:
        return _of_all(cells.filter(pc.greater_equal(pc.abs(numbers), _PAST_INT64)), kind)
    return kind


def of_numbers(cells: pa.Array, words: Sequence[str], whole: bool) -> tuple[ColumnType, Counter[str]]:
    """Returns the kind of cells that should be numbers, and those that are none, with how often each is there.

    An integer past int64 is a FLOAT here.

    Args:
        cells: text; null for a missing value.
        words: small text that stands for a missing value.
        whole: whether they should be whole numbers, of 64 bits.
    """
    cells, some_words = without_words(cells.drop_null(), words)
    kind = ColumnType.WORDS if some_words else ColumnType.EMPTY
    if not len(cells):
        return kind, Counter()
    if _of_cell(cells[0].as_py().encode()) < ColumnType.BYTES:
        if arrow_numbers.cast(cells, pa.int64()) is not None:
            return ColumnType.INT, Counter()
        if not whole and arrow_numbers.cast(cells, pa.float64()) is not None:
            return ColumnType.FLOAT, Counter()
    odd: Counter[str] = Counter()
    for found in cells.value_counts().to_pylist():
        number = _of_number(found["values"], whole)
        if number is None:
            odd[found["values"]] = found["counts"]
        kind = max(kind, number or kind)
    return kind, odd


def _of_number(cell: str, whole: bool) -> ColumnType | None:
    try:
        return ColumnType.INT if int(cell.encode()) in _INT64 else None if whole else ColumnType.FLOAT
    except ValueError:
        pass
    try:
        number = float(cell.encode())
    except ValueError:
        return None
    if not whole:
        return ColumnType.FLOAT
    return ColumnType.INT if number.is_integer() and abs(number) < _PAST_INT64 else None


def without_words(cells: pa.Array, words: Sequence[str]) -> tuple[pa.Array, bool]:
    """Returns cells, none of them null, without those that are blank or one of the words; and whether some were."""
    if not words or not len(cells):
        return cells, False
    kept = cells.filter(pc.invert(arrow_numbers.is_word(cells, words)))
    return kept, len(kept) < len(cells)


def _of_all(cells: pa.Array, kind: ColumnType) -> ColumnType:
    """Looks at cell after cell, until there can be nothing new to see."""
    for cell in cells.cast(pa.binary()).to_pylist():
        if kind == ColumnType.BYTES:
            break
        kind = max(kind, _of_cell(cell))
    return kind


def _of_cell(cell: bytes) -> ColumnType:
    """The rule of TFX's CSV decoder: what Python's int() and float() take; an integer past int64 is text."""
    try:
        return ColumnType.INT if int(cell) in _INT64 else ColumnType.BYTES
    except ValueError:
        pass
    try:
        float(cell)
    except ValueError:
        return ColumnType.BYTES
    return ColumnType.FLOAT


def values(cells: pa.Array, kind: ColumnType) -> pa.Array:
    """Returns cells, none of them null, as an array of ARROW[kind].

    Raises:
        ValueError: a cell is not of that kind; the message quotes it.
    """
    if kind == ColumnType.BYTES or not len(cells):
        return cells.cast(ARROW[ColumnType.BYTES]) if kind == ColumnType.BYTES else pa.array([], ARROW[kind])
    read, wide = int if kind == ColumnType.INT else float, _WIDE[kind]
    numbers = arrow_numbers.cast(cells, wide)
    if numbers is None:
        numbers = pa.array([_read(cell, read, kind) for cell in cells.cast(pa.binary()).to_pylist()], wide)
    # Floats are rounded twice, to double and to single, as in a tf.Example that Python makes.
    return numbers.cast(ARROW[kind], safe=False)


def lists(cells: pa.Array, kind: ColumnType, words: Sequence[str] = ()) -> pa.ListArray:
    """Returns a list for each cell, empty where it is missing; arguments as of of_cells, errors of values."""
    present = cells.drop_null()
    if words and kind != ColumnType.BYTES and len(present):
        numbers = arrow_numbers.cast(present, _WIDE[kind])
        if numbers is None or (kind == ColumnType.FLOAT and pc.any(pc.is_nan(numbers)).as_py()):
            cells = pc.if_else(arrow_numbers.is_word(cells, words), pa.scalar(None, cells.type), cells)
            items = values(cells.drop_null(), kind)
        else:
            items = numbers.cast(ARROW[kind], safe=False)
    else:
        items = values(present, kind)
    return listed(items, cells.is_valid().to_numpy(zero_copy_only=False))


def _read(cell: bytes, read: type, kind: ColumnType) -> int | float:
    try:
        number = read(cell)
    except ValueError:
        number = _whole(cell) if read is int else None
    if number is None:
        raise ValueError(f"'{cell.decode()}' is {_NO[kind]}")
    if read is int and number not in _INT64:
        raise ValueError(f"'{cell.decode()}' does not fit into 64 bits, which an {kind.name} has")
    return number


def _whole(cell: bytes) -> int | None:
    """Returns 7 for 7.0, as pandas writes a column of integers in which some are missing."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return int(number) if number.is_integer() else None


def listed(items: pa.Array, lengths: np.ndarray, missing: np.ndarray | None = None) -> pa.ListArray:
    """Returns a list for each row, which is how the encoder wants every column.

    Args:
        items: the values of all rows, one after another.
        lengths: how many of them each row has.
        missing: which rows get a feature without a kind; None for none, so that an empty row keeps its kind.
    """
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    mask = None if missing is None else np.append(missing, False)
    return pa.ListArray.from_arrays(pa.array(offsets, mask=mask), items)
