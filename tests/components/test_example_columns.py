"""Columns written beside records are the batches that decoding the records gives; else there are none."""

from __future__ import annotations

import pyarrow as pa
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

from components import columnar_reading, example_columns
from components.example_columns import ColumnsWriter
from components.example_gen import records

INT, FLOAT, BYTES = pa.list_(pa.int64()), pa.list_(pa.float32()), pa.list_(pa.binary())
TABLE = pa.RecordBatch.from_arrays(
    [
        pa.array([[3], [], None, [2, -1]] * 25, INT),
        pa.array([[1.5], [], None, [float("nan"), 2]] * 25, FLOAT),
        pa.array([[b"a"], [], None, [b"", b"\xff"]] * 25, BYTES),
        pa.array([[], None] * 50, INT),
        pa.array([None] * 100, FLOAT),
        pa.array([None] * 100, INT),
    ],
    ["whole", "number", "ü & more", "lists without items", "without values here", "without values anywhere"],
)
EMPTY = {"without values anywhere"}


def schema(**types):
    """A schema that names one column that is nowhere, and columns in another order than the file's."""
    columns = {
        "nowhere": "INT",
        "without values anywhere": "BYTES",
        "whole": "INT",
        "ü & more": "BYTES",
        "number": "FLOAT",
    }
    lines = (f"feature {{ name: {name!r} type: {type_} }}" for name, type_ in (columns | types).items())
    return text_format.Parse(" ".join(lines), schema_pb2.Schema())


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file of 60 rows, and their columns in batches of 16; the other rows are in another split."""
    monkeypatch.setattr(example_columns, "_BATCH_ROWS", 16)
    return written(tmp_path, [TABLE[:7], TABLE[7:50], TABLE[50:]])[0]


def written(folder, tables, empty=frozenset(EMPTY)):
    splits = [0, 1, 0, 0, 1] * 20
    files = [records.Written(split, ("", 0), str(folder / f"{split}.gz"), str(folder / f"{split}")) for split in (0, 1)]
    with records.Writers(files, empty) as writers:
        for table in tables:
            examples = RecordBatchToExamplesEncoder().encode(table)
            writers.write(table, examples, splits[: len(examples)])
            splits = splits[len(examples) :]
    folders = [str(folder / "examples" / name) for name in ("Split-train", "Split-eval")]
    records.publish(files, folders)
    return [f"{path}/data_tfrecord-00000-of-00001.gz" for path in folders]


def equal(ours, decoded):
    ours, decoded = list(ours), list(decoded)
    assert [batch.num_rows for batch in ours] == [batch.num_rows for batch in decoded]
    assert [batch.schema for batch in ours] == [batch.schema for batch in decoded]
    assert str([batch.to_pydict() for batch in ours]) == str([batch.to_pydict() for batch in decoded])  # nan is not nan
    assert ours


@pytest.mark.parametrize("wanted", [None, schema()])
@pytest.mark.parametrize("raw", [None, "raw"])
def test_batches_are_those_of_decoding(file, wanted, raw, monkeypatch):
    ours = list(columnar_reading.record_batches(file, None, wanted, raw))
    read = list(example_columns.read(file, wanted))
    assert [batch.num_rows for batch in read] == [16, 16, 16, 12]
    monkeypatch.setattr(example_columns, "read", lambda *_: None)
    equal(ours, columnar_reading.record_batches(file, None, wanted, raw))


def test_other_records_are_decoded(file):
    other = tf.train.Example(features=tf.train.Features(feature={"whole": tf.train.Feature()})).SerializeToString()
    with tf.io.TFRecordWriter(file, "GZIP") as writer:
        writer.write(other)
    assert example_columns.read(file, None) is None
    (batch,) = columnar_reading.record_batches(file)
    assert batch.num_rows == 1


def test_a_column_of_another_type_is_left_to_the_decoder(file):
    wanted = schema(number="INT")
    assert example_columns.read(file, wanted) is None
    with pytest.raises(RuntimeError, match='expected int64_list, found float_list for feature "number"'):
        list(columnar_reading.record_batches(file, schema=wanted))


def test_rows_of_different_columns_are_decoded(tmp_path):
    fewer = pa.RecordBatch.from_arrays([TABLE.column(0)], ["whole"])
    for file in written(tmp_path, [TABLE[:50], fewer[50:]]):
        assert example_columns.read(file, None) is None
    assert not list(tmp_path.glob("examples/columns/*/*"))


def test_a_split_without_rows_has_no_columns(tmp_path):
    train, evaluated = written(tmp_path, [TABLE[2:3]])  # the first row
    assert example_columns.read(train, None)
    assert example_columns.read(evaluated, None) is None
    assert list(columnar_reading.record_batches(evaluated)) == []


def test_what_failed_half_way_is_no_file_that_can_be_read(tmp_path):
    with pytest.raises(ValueError, match="no number"), ColumnsWriter(str(tmp_path / "columns")) as writer:
        writer.write(TABLE, b"")
        raise ValueError("no number")
    assert pa.ipc.open_file(str(tmp_path / "columns")).num_record_batches == 0
