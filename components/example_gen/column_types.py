"""What a column of cells holds, as CsvExampleGen tells it, and the cells as values of that kind."""

from __future__ import annotations

import enum
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

# The first integers that no int64 holds are 2**63 and -2**63 - 1; as floats both are this far from 0.
_PAST_INT64 = float(2**63)
_INT64 = range(-(2**63), 2**63)


class Kind(enum.IntEnum):
    """What the values of a column are. Of two kinds in one column, the greater holds the values of both."""

    EMPTY = 0  # no value at all
    INT = 1
    FLOAT = 2
    BYTES = 3


# What an example holds of each kind, as Arrow's type. A column without values can be of any.
ARROW = {Kind.EMPTY: pa.int64(), Kind.INT: pa.int64(), Kind.FLOAT: pa.float32(), Kind.BYTES: pa.binary()}
_OF_SCHEMA = {schema_pb2.INT: Kind.INT, schema_pb2.FLOAT: Kind.FLOAT, schema_pb2.BYTES: Kind.BYTES}


def of_schema(schema: schema_pb2.Schema) -> dict[str, Kind]:
    """Returns the kind of each feature.

    Raises:
        ValueError: a feature is neither INT, FLOAT nor BYTES.
    """
    for feature in schema.feature:
        if feature.type not in _OF_SCHEMA:
            name = schema_pb2.FeatureType.Name(feature.type)
            raise ValueError(f"schema: feature '{feature.name}' is {name}; expected INT, FLOAT or BYTES")
    return {feature.name: _OF_SCHEMA[feature.type] for feature in schema.feature}


def merged(kinds: Iterable[dict[str, Kind]]) -> dict[str, Kind]:
    """Returns, for each column of several parts of a table, the kind that holds the values of all parts."""
    result: dict[str, Kind] = {}
    for part in kinds:
        for name, kind in part.items():
            result[name] = max(kind, result.get(name, Kind.EMPTY))
    return result


def of_cells(cells: pa.Array, known: Kind) -> Kind:
    """Returns the kind of a column of which some cells are known to be `known`, and these are others.

    Args:
        cells: text; null for a missing value.
        known: the kind so far, EMPTY if nothing is known.
    """
    cells = cells.drop_null()
    if not len(cells) or known == Kind.BYTES:
        return known
    # A cast of many cells that fails is dear: it words an error for each. The first cell mostly tells.
    kind = max(known, _of_cell(cells[0].as_py().encode()))
    numbers = _cast(cells, pa.int64() if kind == Kind.INT else pa.float64()) if kind < Kind.BYTES else None
    if numbers is None:
        return _of_all(cells, kind)
    if kind == Kind.FLOAT:
        return _of_all(cells.filter(pc.greater_equal(pc.abs(numbers), _PAST_INT64)), kind)
    return kind


def _of_all(cells: pa.Array, kind: Kind) -> Kind:
    """Looks at cell after cell, until there can be nothing new to see."""
    for cell in cells.cast(pa.binary()).to_pylist():
        if kind == Kind.BYTES:
            break
        kind = max(kind, _of_cell(cell))
    return kind


def _of_cell(cell: bytes) -> Kind:
    """The rule of TFX's CSV decoder: what Python's int() and float() take; an integer past int64 is text."""
    try:
        return Kind.INT if int(cell) in _INT64 else Kind.BYTES
    except ValueError:
        pass
    try:
        float(cell)
    except ValueError:
        return Kind.BYTES
    return Kind.FLOAT


def _cast(cells: pa.Array, type_: pa.DataType) -> pa.Array | None:
    """Returns the cells as numbers where Arrow reads all of them, and reads them as Python does; or None.

    Arrow reads less than Python (no "1_000", no " 1"), and but two things more: "0x1f" and "nan(1)".
    """
    if any(sign in cells.buffers()[2].to_pybytes() for sign in (b"x", b"X", b"(")):
        return None
    try:
        return cells.cast(type_)
    except pa.ArrowInvalid:
        return None


def values(cells: pa.Array, kind: Kind) -> pa.Array:
    """Returns cells, none of them null, as an array of ARROW[kind].

    Raises:
        ValueError: a cell is not of that kind; the message quotes it.
    """
    if kind == Kind.BYTES or not len(cells):
        return cells.cast(ARROW[Kind.BYTES]) if kind == Kind.BYTES else pa.array([], ARROW[kind])
    read, wide = (int, pa.int64()) if kind == Kind.INT else (float, pa.float64())
    numbers = _cast(cells, wide)
    if numbers is None:
        numbers = pa.array([_read(cell, read, kind) for cell in cells.cast(pa.binary()).to_pylist()], wide)
    # Floats are rounded twice, to double and to single, as in a tf.Example that Python makes.
    return numbers.cast(ARROW[kind], safe=False)


def _read(cell: bytes, read: type, kind: Kind) -> int | float:
    try:
        number = read(cell)
    except ValueError:
        raise ValueError(f"'{cell.decode()}' is no {kind.name}") from None
    if read is int and number not in _INT64:
        raise ValueError(f"'{cell.decode()}' does not fit into 64 bits, which an {kind.name} has")
    return number


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
