"""Which kind a column is, by TFX's rules, and that Arrow's numbers are Python's."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from components.example_gen import column_types
from components.example_gen.column_types import ColumnType

EMPTY, INT, FLOAT, BYTES = ColumnType.EMPTY, ColumnType.INT, ColumnType.FLOAT, ColumnType.BYTES
KIND_OF_CELL = {
    "1": INT,
    "-0": INT,
    "007": INT,
    "+5": INT,
    " 5 ": INT,
    "1_000": INT,
    "9223372036854775807": INT,
    "-9223372036854775808": INT,
    "9223372036854775808": BYTES,
    "-9223372036854775809": BYTES,
    "1.5": FLOAT,
    "+1.5": FLOAT,
    ".5": FLOAT,
    "5.": FLOAT,
    "\t1.5": FLOAT,
    "1e5": FLOAT,
    "1e400": FLOAT,
    "-1E-400": FLOAT,
    "nan": FLOAT,
    "-Infinity": FLOAT,
    "9" * 5000: FLOAT,  # int() takes no more than 4300 digits
    "0x1f": BYTES,
    "0X1F": BYTES,
    "nan(1)": BYTES,
    "1e": BYTES,
    ".": BYTES,
    "-": BYTES,
    "--1": BYTES,
    "1,5": BYTES,
    "true": BYTES,
    "null": BYTES,
    "NA": BYTES,
    "2015-01-01": BYTES,
    "\u0661": BYTES,
    "\u00a01": BYTES,
    " ": BYTES,
}


def cells(*values):
    return pa.array(values, pa.string())


@pytest.mark.parametrize(("cell", "kind"), KIND_OF_CELL.items())
def test_the_kind_of_a_cell(cell, kind):
    assert column_types.of_cells(cells(cell), EMPTY) == kind
    assert column_types.of_cells(cells(None, cell, None), EMPTY) == kind


@pytest.mark.parametrize(("one", "first"), KIND_OF_CELL.items())
def test_a_column_is_of_the_greater_kind_wherever_its_cells_are(one, first):
    for other, second in KIND_OF_CELL.items():
        assert column_types.of_cells(cells("1", one, other), EMPTY) == max(first, second)
        assert column_types.of_cells(cells(one), second) == max(first, second)


@pytest.mark.parametrize("known", ColumnType)
def test_missing_values_tell_nothing(known):
    assert column_types.of_cells(cells(None, None), known) == known
    assert column_types.of_cells(cells(), known) == known


@pytest.mark.parametrize("cell", [c for c, kind in KIND_OF_CELL.items() if kind == INT])
@pytest.mark.parametrize("beside", ["12", "+12"])
def test_integers_are_pythons(cell, beside):
    assert column_types.values(cells(cell, beside), INT).to_pylist() == [int(cell), 12]


@pytest.mark.parametrize("cell", [c for c, kind in KIND_OF_CELL.items() if kind in (INT, FLOAT)] + ["0.1", "1e39"])
@pytest.mark.parametrize("beside", ["12", "+12"])
def test_floats_are_pythons_rounded_to_single(cell, beside):
    with np.errstate(over="ignore"):
        expected = float(np.float32(float(cell)))
    found = column_types.values(cells(cell, beside), FLOAT).to_pylist()
    assert found == [expected, 12.0] or (math.isnan(expected) and math.isnan(found[0]))


def test_text_is_its_utf8():
    assert column_types.values(cells("é", " 1"), BYTES).to_pylist() == ["é".encode(), b" 1"]


@pytest.mark.parametrize("kind", [INT, FLOAT, BYTES])
def test_no_cells_are_no_values(kind):
    assert column_types.values(cells(), kind).equals(pa.array([], column_types.ARROW[kind]))


@pytest.mark.parametrize(
    ("cell", "kind", "words"),
    [
        ("3.5", INT, "'3.5' is not a whole number"),
        ("Taxi", FLOAT, "'Taxi' is not a number"),
        ("9223372036854775808", INT, "does not fit into 64 bits"),
    ],
)
def test_a_cell_that_is_not_of_the_schemas_kind_is_quoted(cell, kind, words):
    with pytest.raises(ValueError, match=words):
        column_types.values(cells("1", cell), kind)


def test_parts_of_a_table_are_merged_by_the_greater_kind():
    parts = [{"a": INT, "b": EMPTY}, {"a": FLOAT, "c": BYTES}, {"a": INT, "b": INT}]
    assert column_types.merged(parts) == {"a": FLOAT, "b": INT, "c": BYTES}
    assert column_types.merged([]) == {}


def test_a_schemas_kinds():
    features = [{"name": "a", "type": schema_pb2.INT}, {"name": "b", "type": schema_pb2.BYTES}]
    assert column_types.of_schema(schema_pb2.Schema(feature=features)) == {"a": INT, "b": BYTES}
    with pytest.raises(ValueError, match="'s' is STRUCT; expected INT, FLOAT or BYTES"):
        column_types.of_schema(schema_pb2.Schema(feature=[{"name": "s", "type": schema_pb2.STRUCT}]))


def test_a_list_for_each_row():
    lists = column_types.listed(pa.array([1, 2, 3]), np.array([1, 0, 2]))
    assert lists.to_pylist() == [[1], [], [2, 3]]
    lists = column_types.listed(pa.array([1, 2, 3]), np.array([1, 0, 2]), missing=np.array([False, True, False]))
    assert lists.to_pylist() == [[1], None, [2, 3]]
