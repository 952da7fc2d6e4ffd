"""The two kinds of tables, as `turnstile data split` needs them: one column to read, and rows to write as they are."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from turnstile import csv_bytes, csv_dialect, csv_rules
from turnstile.csv_dialect import Dialect, PackedError
from turnstile.csv_rules import CsvError

_BLOCK_BYTES = 4 << 20  # of a CSV file in memory at a time: a block of a compressed file must be read twice in a row
_BATCH_ROWS = 8192
_GROUP_ROWS = 1 << 16  # of a Parquet file that is written: a row group of some megabytes


class Table(Protocol):
    """Files of one kind, with the same columns."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""

    @property
    def ending(self) -> str:
        """The ending of the names of the files to write."""

    def cells(self, name: str) -> Iterator[pa.Array]:
        """Reads a column, part by part.

        Raises:
            ValueError: a file cannot be read; the message says why.
        """

    def write(self, of_row: np.ndarray, files: Mapping[int, Path]) -> None:
        """Writes some of the rows, each as it is, in the order of the table.

        Args:
            of_row: the number of the file for each row.
            files: the files to write, by number; rows of other numbers are left out.
        """


def of_files(files: list[Path], dialect: Dialect) -> Table:
    """Returns the table that files are; the name of the first tells its kind.

    Raises:
        ValueError: they are no tables, or have different columns.
    """
    if csv_dialect.ending(str(files[0])) == csv_dialect.PARQUET:
        return _Parquet.of(files)
    return _Csv.of(files, dialect)


@dataclass(frozen=True)
class _Csv:
    """CSV files.

    Attributes:
        files: each file.
        dialect: how they are written.
        names: the names in the header.
        header: the first file's, with its line's end.
    """

    files: list[Path]
    dialect: Dialect
    names: tuple[str, ...]
    header: bytes
    ending: str = csv_dialect.CSV

    @classmethod
    def of(cls, files: list[Path], dialect: Dialect) -> _Csv:
        headers = [_header(path, dialect) for path in files]
        first, header = headers[0]
        for path, (names, _) in zip(files, headers, strict=True):
            if names != first:
                raise ValueError(f"{path}: its header differs from that of {files[0]}; expected the same columns")
        return cls(files, dialect, first, header)

    @property
    def _line_end(self) -> bytes:
        return self.header[len(self.header.rstrip(b"\r\n")) :][:2]

    def cells(self, name: str) -> Iterator[pa.Array]:
        position = self.names.index(name)
        csv.field_size_limit(sys.maxsize)  # Python's own limit is 131,072 characters
        for path, records in self._records():
            try:
                cells = [self._cell(path, record, position) for record in records]
            except UnicodeDecodeError:
                raise self._fault(path) from None
            yield pa.array(cells, pa.string())

    def write(self, of_row: np.ndarray, files: Mapping[int, Path]) -> None:
        row = 0
        with ExitStack() as open_:
            sinks = {number: open_.enter_context(path.open("wb")) for number, path in files.items()}
            for sink in sinks.values():
                sink.write(self.header)
            for _, records in self._records():
                numbers = of_row[row : row + len(records)]
                row += len(records)
                for number in set(numbers.tolist()) & sinks.keys():
                    lines = (records[at] for at in np.flatnonzero(numbers == number))
                    sinks[number].write(b"".join(map(self._ended, lines)))

    def _ended(self, record: bytes) -> bytes:
        """The last record of a file may lack its line's end, and not be the last one of a span."""
        return record if record.endswith((b"\n", b"\r")) else record + self._line_end

    def _cell(self, path: Path, record: bytes, position: int) -> str:
        line = record.rstrip(b"\r\n").decode()
        separator = self.dialect.separator
        cells = next(csv.reader([line], delimiter=separator)) if '"' in line else line.split(separator)
        if len(cells) != len(self.names):
            raise self._fault(path)
        return cells[position]

    def _records(self) -> Iterator[tuple[Path, list[bytes]]]:
        for path in self.files:
            with path.open("rb") as packed:
                file = csv_dialect.unpacked(packed, self.dialect.compression_of(str(path)))
                _, start = csv_bytes.header(file, self.dialect.separator)
                try:
                    for end in csv_bytes.ends(file, start, _BLOCK_BYTES, self.dialect.separator):
                        file.seek(start)
                        yield path, csv_bytes.records(file.read(end - start), self.dialect.separator)
                        start = end
                except CsvError:
                    raise self._fault(path) from None
                except PackedError as error:
                    raise ValueError(f"{path}: {error}") from error

    def _fault(self, path: Path) -> ValueError:
        """Reads a file that is known to be wrong value by value, and says where it is."""
        with path.open("rb") as packed:
            file = csv_dialect.unpacked(packed, self.dialect.compression_of(str(path)))
            return ValueError(csv_rules.in_file(str(path), csv_rules.fault(file, self.dialect.separator)))


def _header(path: Path, dialect: Dialect) -> tuple[tuple[str, ...], bytes]:
    with path.open("rb") as packed:
        file = csv_dialect.unpacked(packed, dialect.compression_of(str(path)))
        try:
            names, start = csv_bytes.header(file, dialect.separator)
            file.seek(0)
            header = file.read(start)
        except (CsvError, PackedError) as error:
            raise ValueError(csv_rules.in_file(str(path), error)) from error
    return names, header if header.endswith((b"\n", b"\r")) else header + b"\n"


@dataclass(frozen=True)
class _Parquet:
    """Parquet files.

    Attributes:
        files: each file.
        schema: the columns with their types.
    """

    files: list[Path]
    schema: pa.Schema
    ending: str = csv_dialect.PARQUET

    @classmethod
    def of(cls, files: list[Path]) -> _Parquet:
        try:
            schemas = [parquet.read_schema(path) for path in files]
        except (pa.ArrowInvalid, OSError) as error:
            raise ValueError(f"{error}. Check how the Parquet files were exported") from error
        for path, schema in zip(files, schemas, strict=True):
            if not schema.equals(schemas[0]):
                raise ValueError(
                    f"{path}: its columns, or their types, differ from those of {files[0]}. Split them one by one"
                )
        return cls(files, schemas[0])

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.schema.names)

    def cells(self, name: str) -> Iterator[pa.Array]:
        for batch in self._batches([name]):
            yield batch.column(0)

    def write(self, of_row: np.ndarray, files: Mapping[int, Path]) -> None:
        row = 0
        with ExitStack() as open_:
            sinks = {number: open_.enter_context(_Sink(path, self.schema)) for number, path in files.items()}
            for batch in self._batches(None):
                numbers = of_row[row : row + batch.num_rows]
                row += batch.num_rows
                for number in set(numbers.tolist()) & sinks.keys():
                    taken = pa.Table.from_batches([batch]).take(pa.array(np.flatnonzero(numbers == number)))
                    sinks[number].add(taken)

    def _batches(self, names: list[str] | None) -> Iterator[pa.RecordBatch]:
        for path in self.files:
            try:
                yield from parquet.ParquetFile(path).iter_batches(_BATCH_ROWS, columns=names, use_threads=False)
            except (pa.ArrowInvalid, OSError) as error:
                raise ValueError(f"{path}: cannot be read as Parquet ({error}). Check how it was exported") from error


class _Sink:
    """A Parquet file that rows are added to, a few at a time; its row groups are larger."""

    def __init__(self, path: Path, schema: pa.Schema):
        self._writer = parquet.ParquetWriter(path, schema, version="2.6")  # the first with nanoseconds
        self._waiting: list[pa.Table] = []

    def __enter__(self) -> _Sink:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()

    def add(self, rows: pa.Table) -> None:
        self._waiting.append(rows)
        if sum(table.num_rows for table in self._waiting) >= _GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
        self._waiting = []
