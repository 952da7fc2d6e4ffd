"""Answers as Parquet: types are kept, memory is bounded, and a value of another type is told with its row."""

from __future__ import annotations

import datetime
import decimal
import io

import pyarrow as pa
import pytest
from pyarrow import parquet

from serving.model.dtypes import BOOL, DOUBLE, FLOAT, HALF, INT64, STRING, UINT64
from serving.rows.parquet_answers import Parquet
from turnstile.errors import UsageError


def written(rows, types=None, group_rows=65_536):
    handle = io.BytesIO()
    writer = Parquet(handle, types or {}, group_rows)
    for row in rows:
        writer.write(row)
    writer.finish()
    return parquet.ParquetFile(io.BytesIO(handle.getvalue()))


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (FLOAT, [0.1, None], pa.float32()),
        (HALF, [0.5, None], pa.float32()),
        (DOUBLE, [1e300, None], pa.float64()),
        (INT64, [2**62, None], pa.int64()),
        (UINT64, [2**63, 1], pa.uint64()),
        (BOOL, [True, False], pa.bool_()),
        (STRING, ["ü", None], pa.string()),
        (FLOAT, [[0.5, 0.5], [1.0, 0.0]], pa.list_(pa.float32())),
        (STRING, [None, [["a"], ["b"]]], pa.list_(pa.list_(pa.string()))),
        (INT64, [None, None], pa.int64()),
    ],
)
def test_an_output_has_the_models_type(dtype, values, expected):
    table = written([{"x": value} for value in values], {"x": dtype}).read()
    assert table.schema.field("x").type == expected
    assert table["x"].to_pylist() == (values if dtype != FLOAT else pa.array(values, expected).to_pylist())


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1, None], pa.int8()),
        pa.array([datetime.datetime(2026, 1, 2, 3, 4, 5, 6)] * 2, pa.timestamp("us", tz="UTC")),
        pa.array([datetime.date(2026, 1, 2), None], pa.date32()),
        pa.array([decimal.Decimal("1.50"), None], pa.decimal128(9, 2)),
        pa.array([b"\xff", None], pa.binary()),
        pa.array(["a", "b"], pa.string()).dictionary_encode(),
        pa.array([{"a": 1}, None], pa.struct([("a", pa.int16())])),
        pa.array([None, None], pa.null()),
    ],
    ids=lambda array: str(array.type),
)
def test_a_kept_column_has_the_type_of_the_input(array):
    table = written([{"x": value} for value in array.to_pylist()], {"x": array.type}).read()
    assert table.schema.field("x").type == array.type
    assert table["x"].to_pylist() == array.to_pylist()


@pytest.mark.parametrize(
    ("values", "type_", "found"),
    [
        (["7", "x"], pa.string(), None),
        ([7, None], pa.int64(), None),
        ([1, 2.5], pa.float64(), None),
        ([None, None], pa.string(), None),
        ([{"a": 1}, ["b", None]], pa.string(), ['{"a": 1}', '["b", null]']),
    ],
)
def test_a_kept_column_without_a_declared_type_has_that_of_its_values(values, type_, found):
    table = written([{"x": value} for value in values]).read()
    assert (table.schema.field("x").type, table["x"].to_pylist()) == (type_, found or values)


@pytest.mark.parametrize(
    ("values", "row", "words"),
    [
        ([1, 2, 3, "a"], 4, "'a' cannot be stored as int64"),
        (["a", None, None, 7], 4, "7 cannot be stored as string"),
        ([1, "a"], 2, "'a' cannot be stored as int64"),
        ([1, 2, 2**70], 3, "cannot be stored as int64"),
        ([None, None, 1.5], 3, "1.5 cannot be stored as string"),
    ],
)
def test_a_value_of_another_type_is_told_with_its_row(values, row, words):
    with pytest.raises(UsageError) as caught:
        written([{"y": 0, "x": value} for value in values], group_rows=2)
    assert str(caught.value).startswith(f"row {row}, column 'x': ")
    assert words in str(caught.value)
    assert str(caught.value).endswith("Write JSON lines: --out FILE.jsonl")


@pytest.mark.parametrize(("count", "groups"), [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2)])
def test_rows_are_written_a_row_group_at_a_time(count, groups):
    file = written([{"x": i} for i in range(count)], {"x": INT64}, group_rows=10)
    assert (file.metadata.num_row_groups, file.read()["x"].to_pylist()) == (groups, list(range(count)))


def test_columns_come_in_the_order_of_the_types_and_what_a_row_lacks_is_null():
    assert written([{"b": 1.0}, {"a": 2}], {"a": INT64, "b": FLOAT}).read().to_pylist() == [
        {"a": None, "b": 1.0},
        {"a": 2, "b": None},
    ]
