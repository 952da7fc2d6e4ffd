"""The rows of a TFRecord file once more, as Arrow columns, so that no stage has to decode them again.

Decoding tf.Examples is most of what it costs to read them, and every stage reads them. ExampleGen has the columns in
hand when it writes the records, and writes both; who reads records finds them alone where they always are
(docs/adr/0030-decode-once.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

# Rows of a batch, if they are small: as many as make what a batch costs in Python small beside what its rows cost in
# C++, and, for large ones, bytes. The numbers are those of TFX's --tfxio_use_byte_size_batching.
_BATCH_ROWS = 8_192
_BATCH_BYTES = 20 << 20

_FOLDER = "columns"  # beside the splits' folders, where no reader of records looks
_COMPRESSION = "lz4"  # 0.6 us a row of the taxi trips to write, 0.3 us to read, a third of the size
_DIGEST_BYTES = 16


def batch_rows(first: bytes | None) -> int:
    """Returns the rows of a batch of a file, judging by its first record, if it has one."""
    return min(_BATCH_ROWS, max(1, _BATCH_BYTES // max(1, len(first or b""))))


class ColumnsWriter:
    """Writes the columns of the rows of one TFRecord file, in batches of the rows that readers of it take at a time.

    There will be no file if there are no rows, or if not all rows have the same columns: such rows are decoded.

    Args:
        path: the file, on this machine.
        empty: the columns that have no value in any row of the table, so that nothing tells their type.
    """

    def __init__(self, path: str, empty: Collection[str] = ()):
        self._path, self._empty = Path(path), empty
        self._writer: Any = None
        self._waiting: list[pa.RecordBatch] = []
        self._mixed = False

    def __enter__(self) -> ColumnsWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if kind is None and self._waiting:
            self._write(1)
        if self._writer:
            self._writer.close()
        if self._mixed:
            self._path.unlink(missing_ok=True)

    def write(self, features: pa.RecordBatch, first: bytes) -> None:
        """Writes rows.

        Args:
            features: a column of lists for each feature.
            first: the record of the first of these rows.
        """
        if self._writer is None:
            self._open(features.schema, first)
        self._mixed |= set(features.schema.names) != set(self._schema.names) or not features.schema.names
        if self._mixed:
            return
        columns = [_cast(features.column(field.name), field.type) for field in self._schema]
        self._waiting.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        if sum(batch.num_rows for batch in self._waiting) >= self._rows:
            self._write(self._rows)

    def _open(self, features: pa.Schema, first: bytes) -> None:
        self._rows = batch_rows(first)
        fields = ((field.name, pa.null() if field.name in self._empty else _decoded(field.type)) for field in features)
        self._schema = pa.schema(sorted(fields))
        options = pa.ipc.IpcWriteOptions(compression=_COMPRESSION)
        self._writer = pa.ipc.new_file(str(self._path), self._schema, options=options)

    def _write(self, multiple: int) -> None:
        """Writes so many of the rows that wait that their number is a multiple."""
        table = pa.Table.from_batches(self._waiting).combine_chunks()
        whole = table.num_rows - table.num_rows % multiple
        self._writer.write_table(table.slice(0, whole), max_chunksize=self._rows)
        self._waiting = table.slice(whole).to_batches()


def path_beside(records: str) -> Path:
    """Returns where the columns of a TFRecord file are; the name has the digest of the file, so it is that of no other.

    Args:
        records: `<artifact>/<split>/<file>`, on this machine.
    """
    file = Path(records)
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, lambda: hashlib.blake2b(digest_size=_DIGEST_BYTES)).hexdigest()
    return file.parent.parent / _FOLDER / file.parent.name / f"{file.name}.{digest}.arrow"


def read(records: str, schema: schema_pb2.Schema | None) -> Iterator[pa.RecordBatch] | None:
    """Reads the columns of a TFRecord file, if they are there: the batches that TFX's decoder makes of its records.

    Args:
        records: the path of the TFRecord file.
        schema: the schema of the columns to read; by default all columns that the rows have.

    Returns:
        The batches, each of `batch_rows`, perhaps but the last; None if the records have to be decoded: there are no
        columns, or the schema gives a column another type, which the decoder refuses in words.
    """
    if "://" in records or not (file := path_beside(records)).exists():
        return None
    expected = ExamplesToRecordBatchDecoder(schema.SerializeToString()).ArrowSchema() if schema else None
    with pa.memory_map(str(file)) as source:
        found = pa.ipc.open_file(source).schema
    if expected and not all(_same(field, found) for field in expected):
        return None
    return _batches(file, expected)


def _same(field: pa.Field, found: pa.Schema) -> bool:
    there = found.field(field.name).type if field.name in found.names else pa.null()
    return pa.types.is_null(there) or there == field.type


def _batches(file: Path, expected: pa.Schema | None) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(str(file)) as source:
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            yield _projected(batch, expected) if expected else _without_types_of_nothing(batch)


def _projected(batch: pa.RecordBatch, expected: pa.Schema) -> pa.RecordBatch:
    columns = []
    for field in expected:
        column = batch.column(field.name) if field.name in batch.schema.names else pa.nulls(batch.num_rows)
        columns.append(pa.nulls(len(column), field.type) if pa.types.is_null(column.type) else column)
    return pa.RecordBatch.from_arrays(columns, schema=expected)


def _without_types_of_nothing(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Returns a batch as it is decoded without a schema: nothing tells the type of a column without a list."""
    columns = [pa.nulls(len(column)) if column.null_count == len(column) else column for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _cast(column: pa.Array, type_: pa.DataType) -> pa.Array:
    return pa.nulls(len(column)) if pa.types.is_null(type_) else column.cast(type_)


def _decoded(type_: pa.DataType) -> pa.DataType:
    """Returns the type that TFX's decoder gives a column of lists."""
    if pa.types.is_integer(type_.value_type):
        return pa.large_list(pa.int64())
    return pa.large_list(pa.float32() if pa.types.is_floating(type_.value_type) else pa.large_binary())
