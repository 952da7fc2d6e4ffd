"""Reads CSV files as CsvExampleGen does, but in blocks of many records and with Arrow's parser.

A record ends at a line's end with an even number of quotes before it: CsvExampleGen's rule, by which both can tell
where a record ends without parsing what is before it. On what it reads, both give the same rows, and what it refuses
(a lone quote or a line's end in a value that is not quoted) is refused. Where it is plainly wrong, this module differs:

| in the file | CsvExampleGen | here |
| --- | --- | --- |
| a header with quotes: "a","b" | the quotes are part of the names | they are not |
| a byte order mark | is part of the first name | is skipped |
| a field of more than 131,072 characters | fails | is read |
| a column twice in the header | the last one wins | refused |
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from components.example_gen import column_types as kind_rules
from components.example_gen.column_types import Kind
from components.example_gen.tables import Block

_QUOTES = 'a value with a quote or a line\'s end in it must be quoted, and the quote doubled: "5"" pipe"'


@dataclass(frozen=True)
class CsvTable:
    """CSV files with one header; components.example_gen.tables.Table says what each method is for.

    Attributes:
        first: the path of the first file, for messages.
        names: its header.
    """

    first: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, path: str, file: IO[bytes]) -> CsvTable:
        """Reads the header.

        Raises:
            ValueError: it names a column twice.
        """
        names, _ = _header(path, file)
        twice = sorted(name for name, times in Counter(names).items() if times > 1)
        if twice:
            raise ValueError(f"{path}: names a column twice in its header: {', '.join(twice)}. Rename one")
        return cls(path, names)

    def blocks(self, path: str, file: IO[bytes], block_bytes: int) -> Iterator[Block]:
        """Reads the file once, and remembers nothing but where its blocks are."""
        names, start = _header(path, file)
        if names != self.names:
            raise ValueError(
                f"{path}: its header differs from that of {self.first}; the files of a split must have the same "
                f"columns, in the same order. Found {', '.join(names)}; expected {', '.join(self.names)}"
            )
        for end in _ends(path, file, start, block_bytes):
            yield Block(path, start, end, end - start)
            start = end

    def kinds(self, file: IO[bytes], block: Block, known: dict[str, Kind]) -> dict[str, Kind]:
        """Parses only the columns that could still turn out to be something else."""
        undecided = [name for name in self.names if known.get(name, Kind.EMPTY) < Kind.BYTES]
        for rows in self._parsed(_read(file, block.start, block.size), block, undecided):
            cells = zip(undecided, rows.columns, strict=True)
            found = {name: kind_rules.of_cells(column, known.get(name, Kind.EMPTY)) for name, column in cells}
            known = known | found
        return known

    def rows(self, file: IO[bytes], block: Block) -> Iterator[pa.RecordBatch]:
        """Every cell is text; an empty one, quoted or not, is null."""
        content = _read(file, block.start, block.size)
        for rows in self._parsed(content, block, self.names):
            if rows.num_rows != (records := _records(content)):
                raise ValueError(f"{_place(block)}: {records:,} records look like {rows.num_rows:,} rows; {_QUOTES}")
            yield rows

    def features(self, rows: pa.RecordBatch, kinds: dict[str, Kind]) -> pa.RecordBatch:
        """A missing value becomes an empty list of its column's kind; in an EMPTY column, a feature without a kind."""
        names = [name for name in rows.schema.names if name in kinds]
        return pa.RecordBatch.from_arrays([_feature(name, rows.column(name), kinds[name]) for name in names], names)

    def text(self, rows: pa.RecordBatch, names: Sequence[str]) -> list[pa.Array]:
        """The cells as they are in the file: more rows, and with them other kinds, move no row to another split."""
        return [rows.column(name) for name in names]

    def _parsed(self, content: bytes, block: Block, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
        if not wanted or not content.strip(b"\r\n"):
            return
        try:
            yield from _parse(content, self.names, wanted).to_batches()
        except pa.ArrowInvalid as error:
            raise ValueError(f"{_place(block)}: {error}. Check how the file was exported") from error


def _read(file: IO[bytes], start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)


def _place(block: Block) -> str:
    return f"{block.path}: not a CSV table of the header's columns between its bytes {block.start:,} and {block.end:,}"


def _parse(content: bytes, names: Sequence[str], wanted: Sequence[str]) -> pa.Table:
    if content.startswith(codecs.BOM_UTF8):  # part of a value here, where a file does not begin; Arrow would drop it
        content = b"\n" + content
    return arrow_csv.read_csv(
        pa.py_buffer(content),
        # One batch: there are blocks enough to keep all workers busy.
        read_options=arrow_csv.ReadOptions(use_threads=False, block_size=len(content) + 1, column_names=list(names)),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=list(wanted),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _records(content: bytes) -> int:
    """Returns the number of records in a block, by the rule that it was cut by."""
    if b'"' not in content:
        return len(list(filter(None, content.replace(b"\r", b"").split(b"\n"))))
    records, open_quote = 0, False
    for line in content.split(b"\n"):
        if open_quote or line.strip(b"\r"):
            open_quote ^= line.count(b'"') % 2 == 1
            records += not open_quote
    return records


def _feature(name: str, cells: pa.Array, kind: Kind) -> pa.Array:
    if kind == Kind.EMPTY:
        return pa.nulls(len(cells), pa.list_(kind_rules.ARROW[kind]))
    try:
        items = kind_rules.values(cells.drop_null(), kind)
    except ValueError as error:
        raise ValueError(f"column '{name}': {error}, as the schema says. Fix the data, or review the schema") from error
    return kind_rules.listed(items, cells.is_valid().to_numpy(zero_copy_only=False))


def _header(path: str, file: IO[bytes]) -> tuple[tuple[str, ...], int]:
    """Returns the names of the columns, and where the records begin."""
    file.seek(0)
    line = file.readline()
    while line.count(b'"') % 2 and (more := file.readline()):
        line += more
    try:
        return tuple(next(csv.reader([line.decode("utf-8-sig").strip()]), ("",))), len(line)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: its header is not UTF-8 ({error}). Check that it is a CSV file") from error


def _ends(path: str, file: IO[bytes], start: int, block_bytes: int) -> Iterator[int]:
    """Finds the last end of a record in each `block_bytes`, if there is one."""
    position, open_quote, end = start, False, start
    while chunk := _read(file, position, block_bytes):
        inside = open_quote ^ (chunk.count(b'"') % 2 == 1)
        if cut := _last_end(chunk, inside):
            end = position + cut
            yield end
        position, open_quote = position + len(chunk), inside
    if open_quote:
        raise ValueError(
            f"{path}: a quote is never closed, after byte {end:,}; {_QUOTES}. Was the file cut off while it was copied?"
        )
    if position > end:
        yield position


def _last_end(chunk: bytes, inside: bool) -> int:
    """Returns the position after the chunk's last line end that is not inside quotes, or 0.

    Args:
        chunk: a part of the file.
        inside: whether its last byte is inside quotes.
    """
    seen = len(chunk)
    while (line_end := chunk.rfind(b"\n", 0, seen)) >= 0:
        inside ^= chunk.count(b'"', line_end, seen) % 2 == 1
        if not inside:
            return line_end + 1
        seen = line_end
    return 0
