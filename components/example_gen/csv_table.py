"""Reads CSV files by the rules of turnstile/csv_rules.py, in blocks of many records and with Arrow's parser.

On most files this gives the rows, values and types that CsvExampleGen gives. Where it is plainly wrong, or reads less
than spreadsheets write, this module differs:

| in the file | CsvExampleGen | here |
| --- | --- | --- |
| a header with quotes: "a","b" | the quotes are part of the names | they are not |
| blanks around a name | are part of it | are not |
| a byte order mark | is part of the first name | is skipped |
| lines that end in CR alone | are refused | are read |
| a lone quote inside a value: 5" pipe | is refused | is part of the value |
| text behind a closing quote: "5" pipe | is part of the value | is refused |
| a field of more than 131,072 characters | fails | is read |
| a column twice in the header | the last one wins | refused |
| a column without a name | is a feature without a name | is left out |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO

import pyarrow as pa

from components.example_gen import column_types as kind_rules
from components.example_gen import shards, text_fitness
from components.example_gen.column_rules import ONLY_TEXT, PLAIN, Rules, Seen
from components.example_gen.column_types import ColumnType
from components.example_gen.tables import Block
from turnstile import arrow_csv, arrow_numbers, csv_bytes, csv_dialect, csv_rules
from turnstile.columns import Want
from turnstile.csv_dialect import PackedError
from turnstile.csv_rules import CsvError

# The end of a block that is the whole rest of a compressed file: how long that is, only reading it tells.
_REST = 2**63 - 1


@dataclass(frozen=True)
class CsvTable:
    """CSV files with one header; components.example_gen.tables.Table says what each method is for.

    Attributes:
        first: the path of the first file, for messages.
        header: its names, "" for a column without one.
        rules: how columns are read.
    """

    first: str
    header: tuple[str, ...]
    rules: Rules = PLAIN

    @classmethod
    def of(cls, path: str, file: IO[bytes], rules: Rules = PLAIN) -> CsvTable:
        """Reads the header.

        Raises:
            ValueError: there is none, or it names a column twice.
        """
        return cls(path, _header(path, csv_dialect.unpacked(file, rules.dialect.compression_of(path)), rules)[0], rules)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that have a name."""
        return tuple(filter(None, self.header))

    def blocks(self, path: str, file: IO[bytes], block_bytes: int) -> Iterator[Block]:
        """Reads the file once, and remembers nothing but where its blocks are; a compressed file is one block."""
        packed, content = file, self._content(path, file)
        header, start = _header(path, content, self.rules)
        if header != self.header:
            raise ValueError(
                f"{path}: its header differs from that of {self.first}; the files of a split must have the same "
                f"columns, in the same order. {_difference(header, self.header)}. "
                "Correct it, or move the file elsewhere"
            )
        if content is not packed:
            yield Block(path, start, _REST, packed.seek(0, 2))
            return
        for end in self._ends(path, content, start, block_bytes):
            yield Block(path, start, end, end - start)
            start = end

    def _content(self, path: str, file: IO[bytes]) -> IO[bytes]:
        return csv_dialect.unpacked(file, self.rules.dialect.compression_of(path))

    def _ends(self, path: str, content: IO[bytes], start: int, block_bytes: int) -> Iterator[int]:
        try:
            yield from csv_bytes.ends(content, start, block_bytes, self.rules.dialect.separator)
        except (CsvError, PackedError) as error:
            raise ValueError(csv_rules.in_file(path, error)) from error

    def kinds(self, file: IO[bytes], block: Block, known: dict[str, ColumnType]) -> dict[str, ColumnType]:
        """Parses only the columns that could still turn out to be something else."""
        undecided = [name for name in self.names if known.get(name, ColumnType.EMPTY) < ColumnType.BYTES]
        for rows in self._parsed(file, block, undecided):
            cells = zip(undecided, rows.columns, strict=True)
            known = known | {
                name: self._kind(name, column, known.get(name, ColumnType.EMPTY)) for name, column in cells
            }
        return known

    def look(self, file: IO[bytes], block: Block, seen: Mapping[str, Seen]) -> tuple[int, dict[str, Seen]]:
        """Parses every column, so that a fault anywhere is found."""
        count, found = 0, {name: Seen(seen.get(name, Seen()).kind) for name in self.names}
        for rows in self._parsed(file, block, self.names):
            for name, cells in zip(self.names, rows.columns, strict=True):
                found[name].add(self._seen(name, cells, found[name].kind), block.path)
            count += rows.num_rows
        return count, found

    def _kind(self, name: str, cells: pa.Array, known: ColumnType) -> ColumnType:
        seen = self._seen(name, cells, known)
        return ColumnType.BYTES if seen.odd else max(seen.kind, known)

    def _seen(self, name: str, cells: pa.Array, known: ColumnType) -> Seen:
        seen = self._fitness(name, cells, known)
        if seen.kind == ColumnType.FLOAT and known < ColumnType.FLOAT and self.rules.may_be_whole(name):
            kind, fractions = kind_rules.of_numbers(self._numbers(cells), self.rules.words, whole=True)
            return replace(seen, kind=ColumnType.FLOAT if fractions else kind)
        return seen

    def _fitness(self, name: str, cells: pa.Array, known: ColumnType) -> Seen:
        want, words = self.rules.use(name).want, self.rules.words
        if want in (Want.NUMBER, Want.WHOLE):
            kind, odd = kind_rules.of_numbers(self._numbers(cells), words, want is Want.WHOLE)
            odd = Counter({self.rules.dialect.number(value): count for value, count in odd.items()})
            return Seen(kind, kind > ColumnType.WORDS or bool(odd), odd)
        filled = cells.null_count < len(cells)
        if want in ONLY_TEXT:
            return Seen(ColumnType.BYTES, filled, text_fitness.unfit(cells, want, words))
        kind = kind_rules.of_cells(self._numbers(cells), known, words)
        if want is Want.NAME and kind == ColumnType.INT and not text_fitness.plain_integers(cells, words):
            kind = ColumnType.BYTES
        return Seen(kind, filled, text_fitness.unfit(cells, want, words))

    def _numbers(self, cells: pa.Array) -> pa.Array:
        return arrow_numbers.with_points(cells, self.rules.dialect.decimal)

    def rows(self, file: IO[bytes], block: Block) -> Iterator[pa.RecordBatch]:
        """Every cell is text; an empty one, quoted or not, is null."""
        yield from self._parsed(file, block, self.names)

    def features(self, rows: pa.RecordBatch, kinds: dict[str, ColumnType]) -> pa.RecordBatch:
        """A missing value becomes an empty list of its column's kind; in an EMPTY column, a feature without a kind."""
        names = [name for name in rows.schema.names if name in kinds]
        made = [self._feature(name, rows.column(name), kinds[name]) for name in names]
        return pa.RecordBatch.from_arrays(made, names)

    def text(self, rows: pa.RecordBatch, names: Sequence[str]) -> list[pa.Array]:
        """The cells as they are in the file: more rows, and with them other kinds, move no row to another split."""
        return [rows.column(name) for name in names]

    def _feature(self, name: str, cells: pa.Array, kind: ColumnType) -> pa.Array:
        if kind in (ColumnType.INT, ColumnType.FLOAT):
            cells = self._numbers(cells)
        return _feature(name, cells, kind, self.rules.words)

    def _parsed(self, file: IO[bytes], block: Block, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
        if not wanted:
            return
        content, separator = self._content(block.path, file), self.rules.dialect.separator
        for part in self._parts(content, block):
            if not part.strip(b"\r\n"):
                continue
            try:
                yield from arrow_csv.parse(part, self.header, wanted, separator, self.rules.null_values).to_batches()
            except pa.ArrowInvalid as error:
                words = csv_rules.fault(content, separator) or error
                raise ValueError(csv_rules.in_file(block.path, words)) from error

    def _parts(self, content: IO[bytes], block: Block) -> Iterator[bytes]:
        """What is parsed at a time: a block, or the parts of one that is a whole file."""
        start, ends = block.start, iter([block.end])
        if block.end == _REST:
            ends = self._ends(block.path, content, start, shards.BLOCK_BYTES)
        for end in ends:
            content.seek(start)
            yield content.read(end - start)
            start = end


def _difference(header: Sequence[str], first: Sequence[str]) -> str:
    """Says what a header lacks, and has more, than the first file's."""
    lacking = ", ".join(name for name in first if name and name not in header)
    more = ", ".join(name for name in header if name and name not in first)
    if lacking and more:
        return f"It lacks {lacking}, and has {more}, which the first does not have"
    if more:
        return f"It has {more}, which the first does not have"
    return f"It lacks {lacking}" if lacking else "Their order is another"


def _header(path: str, content: IO[bytes], rules: Rules) -> tuple[tuple[str, ...], int]:
    try:
        return csv_bytes.header(content, rules.dialect.separator)
    except (CsvError, PackedError) as error:
        raise ValueError(csv_rules.in_file(path, error)) from error


def _feature(name: str, cells: pa.Array, kind: ColumnType, words: Sequence[str]) -> pa.Array:
    if kind == ColumnType.EMPTY:
        return pa.nulls(len(cells), pa.list_(kind_rules.ARROW[kind]))
    try:
        return kind_rules.lists(cells, kind, words)
    except ValueError as error:
        raise ValueError(
            f"column '{name}': {error}, which the schema expects. Fix the data, or review the schema"
        ) from error
