"""Reads tf.Examples by the batch in StatisticsGen, Transform and Evaluator (docs/adr/0011-columnar-reading.md).

TFX reads them with Beam's TFRecord source: in Python, record by record, and decodes them. Here the columns are read
that ExampleGen has written beside them (example_columns.py). Of records without columns, tf.data reads, decompresses
and checks them in C++, in a thread of its own; TFX's own decoder then makes the same Arrow record batches of them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder
from tfx_bsl.public.tfxio import TFExampleRecord
from tfx_bsl.tfxio import tf_example_record
from tfx_bsl.tfxio.record_based_tfxio import AppendRawRecordColumn

from components import example_columns
from components.ahead import ahead

_THREADS = 2  # that decode; what Beam does with a batch takes more than half as long


class ColumnarRecords(TFExampleRecord):
    """TFX's reader of tf.Examples in TFRecord files, with another way in Beam from files to record batches."""

    def BeamSource(self, batch_size: int | None = None) -> beam.PTransform:
        """Returns a PTransform from a pipeline to its pa.RecordBatches.

        Args:
            batch_size: rows of each batch; as many as fit by default.
        """
        files = sorted(file for pattern in self._file_pattern for file in tf.io.gfile.glob(pattern))
        settings = (batch_size, self._schema, self.raw_record_column_name)

        @beam.typehints.with_output_types(pa.RecordBatch)
        def expand(pipeline: Any) -> beam.PCollection:
            return pipeline | "Files" >> beam.Create(files) | "RecordBatches" >> beam.FlatMap(record_batches, *settings)

        return beam.ptransform_fn(expand)()


def record_batches(
    file: str,
    batch_size: int | None = None,
    schema: schema_pb2.Schema | None = None,
    raw_record_column_name: str | None = None,
) -> Iterator[pa.RecordBatch]:
    """Reads a file.

    Args:
        file: TFRecords of tf.Examples; gzipped if its name ends in .gz.
        batch_size: rows of each batch; as many as fit by default.
        schema: the schema of the columns to read; by default all columns that the rows have.
        raw_record_column_name: a column for the serialized rows, if they are wanted too.
    """
    batches = example_columns.read(file, schema) if batch_size is None else None
    if batches is None:
        return _decoded(file, batch_size, schema, raw_record_column_name)
    return batches if raw_record_column_name is None else _with_records(batches, file, raw_record_column_name)


def _with_records(batches: Iterator[pa.RecordBatch], file: str, name: str) -> Iterator[pa.RecordBatch]:
    for batch, records in zip(batches, _records(file), strict=True):
        yield AppendRawRecordColumn(batch, name, records.tolist())


def _decoded(
    file: str, batch_size: int | None, schema: schema_pb2.Schema | None, raw_record_column_name: str | None
) -> Iterator[pa.RecordBatch]:
    serialized_schema = schema.SerializeToString() if schema else None
    own = threading.local()  # a decoder is good for one thread at a time

    def decode(records: np.ndarray) -> pa.RecordBatch:
        if not hasattr(own, "decoder"):
            own.decoder = ExamplesToRecordBatchDecoder(serialized_schema)
        batch = own.decoder.DecodeBatch(records)
        if raw_record_column_name is None:
            return batch
        return AppendRawRecordColumn(batch, raw_record_column_name, records.tolist())

    return ahead(decode, _records(file, batch_size), _THREADS)


def _records(file: str, batch_size: int | None = None) -> Iterator[np.ndarray]:
    """Reads the serialized rows of a file, a batch at a time."""
    records = tf.data.TFRecordDataset(file, _compression(file))
    return records.batch(batch_size or _rows(file)).prefetch(1).as_numpy_iterator()


def _rows(file: str) -> int:
    """The rows of a batch for a file, judging by its first one."""
    first = tf.data.TFRecordDataset(file, _compression(file)).take(1).as_numpy_iterator()
    return example_columns.batch_rows(next(first, None))


def _compression(file: str) -> str:
    return "GZIP" if file.endswith(".gz") else ""


@contextmanager
def columnar_reading() -> Iterator[None]:
    """Gives TFX's stages ColumnarRecords where they ask for TFX's reader; no parameter of theirs could name another."""
    tf_example_record.TFExampleRecord = ColumnarRecords
    try:
        yield
    finally:
        tf_example_record.TFExampleRecord = TFExampleRecord
