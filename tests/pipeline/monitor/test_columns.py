"""Rows of a log as Arrow columns of the types of the schema; what is not of them is counted and harms no other cell."""

from __future__ import annotations

import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline.monitor.columns import Columns

SCHEMA = schema_pb2.Schema(
    feature=[
        {"name": "fare", "type": schema_pb2.FLOAT},
        {"name": "hour", "type": schema_pb2.INT},
        {"name": "pick-up", "type": schema_pb2.BYTES},
    ]
)


def column(name, cells):
    columns = Columns(SCHEMA, {"fare": "fare", "hour": "hour", "pick-up": "pick_up"})
    batch = columns.batch([{name: cell} for cell in cells])
    return batch.column(batch.schema.names.index(name)).to_pylist(), dict(columns.misfits), columns.examples


@pytest.mark.parametrize(
    ("name", "cells", "values"),
    [
        ("fare", [5.5, None, 3], [[5.5], [], [3.0]]),
        ("fare", [16777217, [1, 2.5], []], [[16777216.0], [1.0, 2.5], []]),
        ("hour", [3, None, -1], [[3], [], [-1]]),
        ("hour", [3.0, 2**62, [1, 2]], [[3], [2**62], [1, 2]]),
        ("pick-up", ["ü", None, {"b64": "/w=="}], [["ü".encode()], [], [b"\xff"]]),
        ("pick-up", [["a", "b"], "c"], [[b"a", b"b"], [b"c"]]),
    ],
)
def test_a_cell_is_a_list_of_its_values(name, cells, values):
    assert column(name, cells) == (values, {}, {})


@pytest.mark.parametrize(
    ("name", "cells", "values", "misfit"),
    [
        ("fare", [5.5, "a lot", None], [[5.5], [], []], "a lot"),
        ("fare", [True, 1], [[], [1.0]], True),
        ("hour", [3.5, 4], [[], [4]], 3.5),
        ("hour", [2**63, 4], [[], [4]], 2**63),
        ("hour", ["7", "8"], [[], []], "7"),
        ("pick-up", [7, "a"], [[], [b"a"]], 7),
        ("pick-up", [7, 8], [[], []], 7),
    ],
)
def test_what_is_not_of_the_type_is_counted_and_taken_for_missing(name, cells, values, misfit):
    found, misfits, examples = column(name, cells)
    assert (found, examples) == (values, {name: misfit})
    assert misfits == {name: values.count([]) - cells.count(None)}


def test_columns_have_their_types_whatever_the_rows_hold_and_go_by_either_name():
    columns = Columns(SCHEMA, {"pick-up": "pick_up"})
    batch = columns.batch([{"pick_up": "a", "other": 1}, {"pick-up": "b"}])
    assert batch.column(2).to_pylist() == [[b"a"], [b"b"]]
    assert [field.type for field in batch.schema] == [
        pa.large_list(pa.float32()), pa.large_list(pa.int64()), pa.large_list(pa.large_binary()),
    ]  # fmt: skip
