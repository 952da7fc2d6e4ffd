"""Reads Parquet files as TFX's Parquet executor does, a few thousand rows of a row group at a time.

Integers and booleans become INT, floats and decimals FLOAT, strings and bytes BYTES; a list of them becomes that many
values. A missing value, an empty string and an empty list become a feature without a kind. Files may have different
columns: what a file lacks is missing in its rows. What differs from TFX's executor:

| in the file | TFX's executor | here |
| --- | --- | --- |
| the number 0, or false | becomes a missing value | is 0 |
| bytes that are not UTF-8 | fail | are kept |
| a column of integers in one file, floats in another | becomes both, which no later stage reads | becomes FLOAT |
| integers or booleans in a column that the config takes as text | stay what they are | become text: "7", "true" |
| booleans and unsigned 64-bit integers in a column of kind vocabulary | stay what they are | become text |
| dates and timestamps in a column of kind time | a Python error | become ISO text, in UTC if they have a zone |
| a decimal | a Python error | becomes FLOAT |
| a column twice in the file | a Python error | refused |
| a missing value inside a list, and types beyond these | a Python error | refused in words, ignored if not used |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO

import pyarrow as pa
from pyarrow import parquet

from components.example_gen import column_types as kind_rules
from components.example_gen import misfits, parquet_fitness, parquet_values
from components.example_gen.column_rules import ONLY_TEXT, PLAIN, TEXT_OR_WHOLE, Rules, Seen
from components.example_gen.column_types import ColumnType
from components.example_gen.tables import Block
from turnstile.columns import Want

# Rows in memory at a time: some megabytes of examples, as of a CSV block.
_BATCH_ROWS = 8192
# Bytes of a column chunk that are read ahead; without it, a whole row group would be in memory.
_READ_AHEAD = 1 << 20


@dataclass(frozen=True)
class ParquetTable:
    """Parquet files, each with its own columns; components.example_gen.tables.Table says what each method is for.

    Attributes:
        first: the path of the first file, for messages.
        types: the kind of each column of all files.
        ignored: columns that nothing needs and no example can hold.
        rules: how columns are read.
    """

    first: str
    types: tuple[tuple[str, ColumnType], ...]
    ignored: frozenset[str] = frozenset()
    rules: Rules = PLAIN

    @classmethod
    def of(cls, path: str, file: IO[bytes], rules: Rules = PLAIN) -> ParquetTable:
        """Reads the columns.

        Raises:
            ValueError: it is no Parquet file, has two columns of one name, or a column that is needed has a type that
                no example can hold.
        """
        return cls(path, (), rules=rules).joined(path, file)

    def joined(self, path: str, file: IO[bytes]) -> ParquetTable:
        """Returns the table with the columns of one more file.

        Raises:
            ValueError: as `of`; or a column that is needed is text in one file, and numbers in another.
        """
        types, ignored, schema = dict(self.types), set(self.ignored), _open(path, file).schema_arrow
        if twice := [name for name, times in Counter(schema.names).items() if times > 1]:
            raise ValueError(f"{path}: names a column twice: {', '.join(twice)}. Rename or drop one of the two")
        for field in schema:
            name, kind, known = field.name, self._kind(path, field), types.get(field.name, ColumnType.EMPTY)
            if (
                kind is not None
                and ColumnType.BYTES in (kind, known)
                and kind != known
                and ColumnType.EMPTY not in (kind, known)
                and self.rules.use(name).want not in TEXT_OR_WHOLE
            ):
                if self.rules.used(name):
                    raise ValueError(f"{path}: {misfits.kinds_differ(name, kind, self.first, known)}")
                kind = None
            if kind is None:
                ignored.add(name)
            else:
                types[name] = max(kind, known)
        kept = tuple((name, kind) for name, kind in types.items() if name not in ignored)
        return replace(self, types=kept, ignored=frozenset(ignored))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are read."""
        return tuple(name for name, _ in self.types)

    def _kind(self, path: str, field: pa.Field) -> ColumnType | None:
        kind, use = parquet_values.kind(field.type), self.rules.use(field.name)
        only_text = use.want in ONLY_TEXT
        if use.want is Want.TIME:
            kind = ColumnType.BYTES if parquet_values.is_moment(field.type) else _no_numbers(kind)
        as_text = only_text or (use.want is Want.NAME and parquet_values.has_no_int64(field.type))
        if kind is None and not self.rules.used(field.name):
            return None
        if kind is None or (kind == ColumnType.FLOAT and (only_text or use.want in TEXT_OR_WHOLE)):
            raise ValueError(f"{path}: {misfits.unfit_type(field.name, field.type, use)}")
        if self._may_be_numbers(field):
            return ColumnType.EMPTY  # its values tell
        return ColumnType.BYTES if as_text and kind == ColumnType.INT else kind

    def _may_be_numbers(self, field: pa.Field) -> bool:
        return parquet_values.is_string(field.type) and self.rules.use(field.name).want in (Want.NUMBER, Want.WHOLE)

    def blocks(self, path: str, file: IO[bytes], block_bytes: int) -> Iterator[Block]:
        """A block is a row group, whatever its size: that is how the file was written."""
        opened = _open(path, file)
        for group in range(opened.metadata.num_row_groups):
            yield Block(path, group, group + 1, opened.metadata.row_group(group).total_byte_size)

    def kinds(self, file: IO[bytes], block: Block, known: dict[str, ColumnType]) -> dict[str, ColumnType]:
        """The files say it; only text that should be numbers is read."""
        opened, found = _open(block.path, file), dict(self.types)
        text = [field.name for field in opened.schema_arrow if self._may_be_numbers(field)]
        for rows in self._read(opened, block, text):
            for name in text:
                seen = parquet_fitness.seen(rows.column(name), self.rules.use(name).want, self.rules)
                found[name] = ColumnType.BYTES if seen.odd else max(found[name], seen.kind)
        return kind_rules.merged([known, found])

    def look(self, file: IO[bytes], block: Block, seen: Mapping[str, Seen]) -> tuple[int, dict[str, Seen]]:
        """Reads only columns whose values could be unfit for what they are used for."""
        opened, types = _open(block.path, file), dict(self.types)
        found = {
            name: Seen(ColumnType.EMPTY if self._may_be_whole(name, kind) else kind, not self.rules.use(name).key)
            for name, kind in self.types
        }
        read = [
            field.name
            for field in opened.schema_arrow
            if field.name in found and self._may_be_unfit(field, types[field.name])
        ]
        for rows in self._read(opened, block, read):
            for name in read:
                there = parquet_fitness.seen(rows.column(name), self.rules.use(name).want, self.rules)
                if self._may_be_whole(name, types[name]):
                    there.kind = parquet_fitness.kind_of_numbers(rows.column(name))
                found[name].add(there, block.path)
        return opened.metadata.row_group(block.start).num_rows, found

    def _may_be_unfit(self, field: pa.Field, kind: ColumnType) -> bool:
        named = self.rules.uses is not None and self.rules.used(field.name)
        unfit = bool(self.rules.use(field.name).key) or (named and parquet_values.may_not_fit(field.type))
        return unfit or self._may_be_whole(field.name, kind)

    def _may_be_whole(self, name: str, kind: ColumnType) -> bool:
        return kind == ColumnType.FLOAT and self.rules.may_be_whole(name)

    def rows(self, file: IO[bytes], block: Block) -> Iterator[pa.RecordBatch]:
        """Values are of the file's own types; a column that the file lacks is null."""
        opened = _open(block.path, file)
        there = set(opened.schema_arrow.names)
        for rows in self._read(opened, block, [name for name in self.names if name in there]):
            absent = pa.nulls(rows.num_rows)
            columns = [rows.column(name) if name in there else absent for name in self.names]
            yield pa.RecordBatch.from_arrays(columns, list(self.names))

    def _read(self, opened: parquet.ParquetFile, block: Block, names: list[str]) -> Iterator[pa.RecordBatch]:
        groups = list(range(block.start, block.end))
        if not names:
            return
        try:
            yield from opened.iter_batches(_BATCH_ROWS, groups, names, use_threads=False)
        except (pa.ArrowInvalid, OSError) as error:
            raise ValueError(f"{block.path}: cannot be read as Parquet ({error}). Check how it was exported") from error

    def features(self, rows: pa.RecordBatch, kinds: dict[str, ColumnType]) -> pa.RecordBatch:
        """A missing value becomes a feature without a kind."""
        names = [name for name in rows.schema.names if name in kinds]
        made = [self._feature(name, rows.column(name), kinds[name]) for name in names]
        return pa.RecordBatch.from_arrays(made, names)

    def _feature(self, name: str, column: pa.Array, kind: ColumnType) -> pa.ListArray:
        try:
            return parquet_values.feature(name, column, kind, self.rules)
        except ValueError:
            if self.rules.used(name):
                raise
            return pa.nulls(len(column), pa.list_(kind_rules.ARROW[kind]))  # what nobody needs may be missing

    def text(self, rows: pa.RecordBatch, names: Sequence[str]) -> list[pa.Array]:
        """Strings as they are, integers as digits, floats as the digits of their 64 bits; a list joined."""
        return [parquet_values.text(rows.column(name)) for name in names]


def _no_numbers(kind: ColumnType | None) -> ColumnType | None:
    return None if kind in (ColumnType.INT, ColumnType.FLOAT) else kind


def _open(path: str, file: IO[bytes]) -> parquet.ParquetFile:
    try:
        return parquet.ParquetFile(file, buffer_size=_READ_AHEAD, pre_buffer=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{path}: is not a Parquet file ({error}). Check how it was exported") from error
