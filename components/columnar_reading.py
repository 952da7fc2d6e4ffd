"""Reads tf.Examples by the batch in StatisticsGen, Transform and Evaluator (docs/adr/0011-columnar-reading.md).

TFX reads them with Beam's TFRecord source: in Python, record by record. tf.data reads, decompresses and checks them in
C++, in a thread of its own; TFX's own decoder then makes the same Arrow record batches of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import apache_beam as beam
import pyarrow as pa
import tensorflow as tf
from tfx_bsl.public.tfxio import RecordBatchesOptions
from tfx_bsl.tfxio import tf_example_record

_STOCK = tf_example_record.TFExampleRecord

# Rows of a batch, if they are small: as many as make what a batch costs in Python small beside what its rows cost in
# C++, and, for large ones, bytes. The numbers are those of TFX's --tfxio_use_byte_size_batching.
_BATCH_ROWS = 8_192
_BATCH_BYTES = 20 << 20


class ColumnarRecords(_STOCK):  # type: ignore[misc, valid-type]
    """TFX's reader of tf.Examples in TFRecord files, but for how files become record batches in Beam."""

    def BeamSource(self, batch_size: int | None = None) -> beam.PTransform:  # noqa: N802
        """Returns a PTransform from a pipeline to its pa.RecordBatches.

        Args:
            batch_size: rows of each batch; as many as fit by default.
        """
        files = sorted(file for pattern in self._file_pattern for file in tf.io.gfile.glob(pattern))
        settings = {"schema": self._schema, "raw_record_column_name": self.raw_record_column_name}

        @beam.typehints.with_output_types(pa.RecordBatch)
        def expand(pipeline: Any) -> beam.PCollection:
            return (
                pipeline
                | "Files" >> beam.Create(files)
                | "RecordBatches" >> beam.FlatMap(record_batches, batch_size, **settings)
            )

        return beam.ptransform_fn(expand)()


def record_batches(file: str, batch_size: int | None = None, **settings: Any) -> Iterator[pa.RecordBatch]:
    """Reads a file.

    Args:
        file: TFRecords of tf.Examples; gzipped if its name ends in .gz.
        batch_size: rows of each batch; as many as fit by default.
        settings: of TFX's TFExampleRecord: its schema, and the name of a column for the serialized rows.
    """
    options = RecordBatchesOptions(batch_size or _rows(file), num_epochs=1, shuffle=False)
    return _ahead(_STOCK(file, **settings).RecordBatches(options))


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Makes the next batch while the caller works on the last one: C++ decodes without holding Python's lock."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        upcoming = thread.submit(next, batches, None)
        while (batch := upcoming.result()) is not None:
            upcoming = thread.submit(next, batches, None)
            yield batch


def _rows(file: str) -> int:
    """The rows of a batch for a file, judging by its first one."""
    compression = "GZIP" if file.endswith(".gz") else ""
    for record in tf.data.TFRecordDataset(file, compression).take(1).as_numpy_iterator():
        return min(_BATCH_ROWS, max(1, _BATCH_BYTES // max(1, len(record))))
    return _BATCH_ROWS


@contextmanager
def columnar_reading() -> Iterator[None]:
    """Gives TFX's stages ColumnarRecords where they ask for its own reader; they can be given none."""
    tf_example_record.TFExampleRecord = ColumnarRecords
    try:
        yield
    finally:
        tf_example_record.TFExampleRecord = _STOCK
