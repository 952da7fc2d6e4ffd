"""CSV and Parquet files as batches of Arrow's columns, of a whole file or of a part of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple, Protocol

import pyarrow as pa
from pyarrow import parquet

from serving.tables.batches import Pair, Table, in_batches, with_empty, without
from turnstile import arrow_csv, csv_bytes, csv_dialect, csv_rules
from turnstile.csv_dialect import Dialect, PackedError
from turnstile.csv_rules import CsvError
from turnstile.errors import UsageError
from turnstile.places import for_arrow, place

# Bytes of CSV that are parsed at a time: enough that the calls cost less than their work, and what bounds the memory.
BLOCK_BYTES = 1 << 20
# Rows that a model is asked about at a time: fewer cost more calls, and more are not answered faster.
ROWS_AT_A_TIME = 4096


class Part(NamedTuple):
    """A part of a file.

    Attributes:
        start: the byte of a CSV file, unpacked, or the row group of a Parquet file, at which it begins.
        end: the byte or row group after it.
        rows: how many rows it has.
    """

    start: int
    end: int
    rows: int


class TableFile(Protocol):
    """A file of rows.

    Attributes:
        path: its path.
        names: its columns.
        types: the types of its columns, where it declares them.
        decimal: the character before the decimals of a number in text.
    """

    path: str
    names: Sequence[str]
    types: Mapping[str, pa.DataType]
    decimal: str

    def parts(self) -> Iterator[Part]:
        """Yields the smallest parts that can be read by themselves, in order; it reads all of the file.

        Raises:
            UsageError: the file breaks a rule of its format.
        """

    def tables(
        self, columns: Sequence[str], keep: Sequence[str] = (), part: Part | None = None, rows: int = ROWS_AT_A_TIME
    ) -> Iterator[Table]:
        """Yields the rows.

        Args:
            columns: the columns to read, at least one.
            keep: the columns to keep.
            part: where to begin and end; None for the whole file.
            rows: how many to yield at a time; only the last may be fewer.

        Raises:
            UsageError: the file breaks a rule of its format.
        """

    def share(self) -> float:
        """Returns how much of the file has been read, between 0 and 1."""


def open_table(path: str, null_values: Collection[str] = (), dialect: Dialect = csv_dialect.PLAIN) -> TableFile:
    """Opens a file whose name says that it is CSV or Parquet.

    Args:
        path: its path.
        null_values: text that stands for a missing value in any column.
        dialect: how CSV is written.

    Raises:
        UsageError: it is no such file.
    """
    kind = ParquetFile if csv_dialect.ending(path) == csv_dialect.PARQUET else CsvFile
    return kind(path, tuple(null_values), dialect)


@dataclass
class CsvFile:
    """A CSV file; see TableFile."""

    path: str
    null_values: tuple[str, ...] = ()
    dialect: Dialect = csv_dialect.PLAIN
    types: Mapping[str, pa.DataType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.decimal = self.dialect.decimal
        self._file: IO[bytes] = place(self.path).open("rb")
        self._size = place(self.path).stat().st_size or 1
        self._content = csv_dialect.unpacked(self._file, self.dialect.compression_of(self.path))
        try:
            self._header, self._start = csv_bytes.header(self._content, self.dialect.separator)
        except (CsvError, PackedError) as error:
            raise self._fault(error) from error
        self.names: Sequence[str] = tuple(filter(None, self._header))

    def parts(self) -> Iterator[Part]:
        """Yields the parts; see TableFile."""
        start = self._start
        for content in self._blocks(start, None):
            yield Part(start, start + len(content), self._parsed(content, self.names[:1], ()).num_rows)
            start += len(content)

    def tables(
        self, columns: Sequence[str], keep: Sequence[str] = (), part: Part | None = None, rows: int = ROWS_AT_A_TIME
    ) -> Iterator[Table]:
        """Yields the rows; see TableFile."""
        return in_batches(self._read(columns, keep, part), rows)

    def _read(self, columns: Sequence[str], keep: Sequence[str], part: Part | None) -> Iterator[Pair]:
        raw = keep if self.null_values else ()  # which cells were empty, and which are listed, one reading cannot tell
        wanted = list(dict.fromkeys([*columns, *(keep if not raw else ())]))
        for content in self._blocks(part.start if part else self._start, part.end if part else None):
            cells = self._parsed(content, wanted, self.null_values)
            kept = with_empty(self._parsed(content, raw, ()) if raw else cells.select(list(keep)))
            yield cells.select(list(columns)), without(kept, self.null_values)

    def share(self) -> float:
        """Returns how much has been read; see TableFile."""
        return min(self._file.tell() / self._size, 1.0)

    def _blocks(self, start: int, end: int | None) -> Iterator[bytes]:
        try:
            for stop in csv_bytes.ends(self._content, start, BLOCK_BYTES, self.dialect.separator):
                self._content.seek(start)
                yield self._content.read((stop if end is None else min(stop, end)) - start)
                if end is not None and stop >= end:
                    return
                start = stop
        except (CsvError, PackedError) as error:
            raise self._fault(error) from error

    def _parsed(self, content: bytes, wanted: Sequence[str], null_values: Collection[str]) -> pa.Table:
        if not content.strip(b"\r\n"):
            return pa.table({name: pa.array([], pa.string()) for name in wanted})
        try:
            content.isascii() or content.decode()  # of the columns that nobody asks for, too
            return arrow_csv.parse(content, self._header, list(wanted), self.dialect.separator, null_values)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise self._fault(csv_rules.fault(self._content, self.dialect.separator) or error) from error

    def _fault(self, words: object) -> UsageError:
        return UsageError(csv_rules.in_file(self.path, words))


@dataclass
class ParquetFile:
    """A Parquet file; see TableFile."""

    path: str
    null_values: tuple[str, ...] = ()
    dialect: Dialect = csv_dialect.PLAIN
    decimal: str = "."  # whatever the config says of CSV

    def __post_init__(self) -> None:
        try:
            self._file = parquet.ParquetFile(for_arrow(self.path))
        except (pa.ArrowInvalid, OSError) as error:
            raise UsageError(f"{self.path}: is not a Parquet file ({error}). Check how it was exported") from error
        self.names: Sequence[str] = self._file.schema_arrow.names
        if twice := [name for name, times in Counter(self.names).items() if times > 1]:
            raise UsageError(f"{self.path}: names a column twice: {', '.join(twice)}. Rename or drop one of the two")
        self.types: Mapping[str, Any] = {column.name: column.type for column in self._file.schema_arrow}
        self._rows_read = 0

    def parts(self) -> Iterator[Part]:
        """Yields the row groups; see TableFile."""
        for group in range(self._file.num_row_groups):
            yield Part(group, group + 1, self._file.metadata.row_group(group).num_rows)

    def tables(
        self, columns: Sequence[str], keep: Sequence[str] = (), part: Part | None = None, rows: int = ROWS_AT_A_TIME
    ) -> Iterator[Table]:
        """Yields the rows; see TableFile."""
        return in_batches(self._tables(columns, keep, part, rows), rows)

    def _tables(self, columns: Sequence[str], keep: Sequence[str], part: Part | None, rows: int) -> Iterator[Pair]:
        groups = list(range(part.start, part.end) if part else range(self._file.num_row_groups))
        wanted = list(dict.fromkeys([*columns, *keep]))
        try:
            for batch in self._file.iter_batches(rows, row_groups=groups, columns=wanted):
                table = without(pa.Table.from_batches([batch]), self.null_values)
                self._rows_read += table.num_rows
                yield table.select(list(columns)), table.select(list(keep))
        except (pa.ArrowException, OSError) as error:
            raise UsageError(f"{self.path}: cannot be read ({error}). Check how it was exported") from error

    def share(self) -> float:
        """Returns how much has been read; see TableFile."""
        return min(self._rows_read / max(self._file.metadata.num_rows, 1), 1.0)
