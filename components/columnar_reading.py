"""Reads tf.Examples by the batch in StatisticsGen, Transform and Evaluator (docs/adr/0011-columnar-reading.md).

TFX reads them with Beam's TFRecord source: in Python, record by record. tf.data reads, decompresses and checks them in
C++, in a thread of its own; TFX's own decoder then makes the same Arrow record batches of them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder
from tfx_bsl.public.tfxio import TFExampleRecord
from tfx_bsl.tfxio import tf_example_record
from tfx_bsl.tfxio.record_based_tfxio import AppendRawRecordColumn

# Rows of a batch, if they are small: as many as make what a batch costs in Python small beside what its rows cost in
# C++, and, for large ones, bytes. The numbers are those of TFX's --tfxio_use_byte_size_batching.
_BATCH_ROWS = 8_192
_BATCH_BYTES = 20 << 20
_THREADS = 2  # that decode; what Beam does with a batch takes more than half as long

T = TypeVar("T")
Made = TypeVar("Made")


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
    serialized_schema = schema.SerializeToString() if schema else None
    own = threading.local()  # a decoder is good for one thread at a time

    def decode(records: np.ndarray) -> pa.RecordBatch:
        if not hasattr(own, "decoder"):
            own.decoder = ExamplesToRecordBatchDecoder(serialized_schema)
        batch = own.decoder.DecodeBatch(records)
        if raw_record_column_name is None:
            return batch
        return AppendRawRecordColumn(batch, raw_record_column_name, records.tolist())

    records = tf.data.TFRecordDataset(file, _compression(file)).batch(batch_size or _rows(file)).prefetch(1)
    return _ahead(decode, records.as_numpy_iterator())


def _ahead(make: Callable[[T], Made], items: Iterable[T]) -> Iterator[Made]:
    """Makes the next ones while the caller works on the last: C++ decodes without holding Python's lock."""
    with ThreadPoolExecutor(_THREADS) as threads:
        upcoming: deque[Future[Made]] = deque()
        for item in items:
            upcoming.append(threads.submit(make, item))
            if len(upcoming) > _THREADS:
                yield upcoming.popleft().result()
        while upcoming:
            yield upcoming.popleft().result()


def _rows(file: str) -> int:
    """The rows of a batch for a file, judging by its first one."""
    for record in tf.data.TFRecordDataset(file, _compression(file)).take(1).as_numpy_iterator():
        return min(_BATCH_ROWS, max(1, _BATCH_BYTES // max(1, len(record))))
    return _BATCH_ROWS


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
