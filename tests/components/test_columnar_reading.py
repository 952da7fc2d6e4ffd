"""Record batches read by the batch hold the rows that TFX's own reader finds."""

from __future__ import annotations

import apache_beam as beam
import pyarrow as pa
import pytest
import tensorflow as tf
from apache_beam.options.pipeline_options import PipelineOptions
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.util import tfxio_utils
from tfx.proto import example_gen_pb2
from tfx_bsl.public.tfxio import TFExampleRecord

from components import columnar_reading, example_columns
from components.columnar_reading import ColumnarRecords, record_batches

ROWS = 1_000
SCHEMA = text_format.Parse(
    "feature { name: 'x' type: INT } feature { name: 'word' type: BYTES } feature { name: 'y' type: FLOAT }",
    schema_pb2.Schema(),
)


def example(row):
    """Every third word is missing."""
    features = {"x": tf.train.Feature(int64_list=tf.train.Int64List(value=[row]))}
    if row % 3:
        features["word"] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"word %d" % row]))
    features["y"] = tf.train.Feature(float_list=tf.train.FloatList(value=[row / 7]))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString(deterministic=True)


@pytest.fixture(params=["", ".gz"])
def pattern(tmp_path, request):
    """Three files, the last one empty."""
    compression = "GZIP" if request.param else ""
    for number, rows in enumerate([range(700), range(700, ROWS), []]):
        with tf.io.TFRecordWriter(str(tmp_path / f"data-{number}{request.param}"), compression) as writer:
            for row in rows:
                writer.write(example(row))
    return str(tmp_path / "data-*")


_found: list[pa.RecordBatch] = []


def _keep(batch):
    _found.append(batch)


def read(source):
    _found.clear()
    with beam.Pipeline(options=PipelineOptions(["--direct_running_mode=in_memory"])) as pipeline:
        pipeline | source | beam.Map(_keep)
    return sorted((row for batch in _found for row in batch.to_pylist()), key=str)


def test_rows_are_those_of_the_stock_reader(pattern):
    settings = {"schema": SCHEMA, "raw_record_column_name": "raw", "telemetry_descriptors": ["test"]}
    ours, stock = (kind(pattern, **settings) for kind in (ColumnarRecords, TFExampleRecord))
    assert ours.ArrowSchema() == stock.ArrowSchema()
    rows = read(ours.BeamSource())
    assert len(rows) == ROWS
    assert rows == read(stock.BeamSource())


def test_rows_of_some_columns_are_those_of_the_stock_reader(pattern):
    with columnar_reading.columnar_reading():
        ours = ColumnarRecords(pattern, schema=SCHEMA, telemetry_descriptors=["test"]).Project(["x"])
    stock = TFExampleRecord(pattern, schema=SCHEMA, telemetry_descriptors=["test"]).Project(["x"])
    rows = read(ours.BeamSource())
    assert [batch.schema.names for batch in _found] == [["x"], ["x"]]  # a batch for each file that has rows
    assert rows == read(stock.BeamSource())


def test_without_a_schema_columns_are_what_the_rows_have(pattern):
    rows = read(ColumnarRecords([pattern]).BeamSource())
    assert {tuple(sorted(row)) for row in rows} == {("word", "x", "y")}


@pytest.mark.parametrize(("rows", "batches"), [(None, [1000]), (300, [300, 300, 300, 100])])
def test_a_batch_has_the_rows_it_was_asked_for(tmp_path, rows, batches):
    file = write(tmp_path, [example(row) for row in range(ROWS)])
    assert [batch.num_rows for batch in record_batches(file, rows, schema=SCHEMA)] == batches


def test_large_rows_make_small_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(example_columns, "_BATCH_BYTES", 10 * len(example(0)))
    file = write(tmp_path, [example(0)] * 25)
    assert [batch.num_rows for batch in record_batches(file, schema=SCHEMA)] == [10, 10, 5]


def test_a_broken_file_is_an_error_and_not_an_end(tmp_path):
    file = write(tmp_path, [example(row) for row in range(ROWS)])
    content = (tmp_path / "data").read_bytes()
    (tmp_path / "data").write_bytes(content[: len(content) // 2])
    with pytest.raises(tf.errors.DataLossError):
        list(record_batches(file, 100, schema=SCHEMA))


def test_tfx_is_given_it_and_only_for_a_while(pattern):
    def made():
        return tfxio_utils.make_tfxio(
            file_pattern=pattern,
            telemetry_descriptors=["test"],
            payload_format=example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE,
        )

    with columnar_reading.columnar_reading():
        assert type(made()) is ColumnarRecords
    assert type(made()) is TFExampleRecord


def write(folder, records):
    with tf.io.TFRecordWriter(str(folder / "data")) as writer:
        for record in records:
            writer.write(record)
    return str(folder / "data")
