"""Reads Parquet files as TFX's Parquet executor does, a few thousand rows of a row group at a time.

Integers and booleans become INT, floats FLOAT, strings and bytes BYTES; a list of them becomes that many values. A
missing value, an empty string and an empty list become a feature without a kind. What differs from TFX's executor:

| in the file | TFX's executor | here |
| --- | --- | --- |
| the number 0, or false | becomes a missing value | is 0 |
| bytes that are not UTF-8 | fail | are kept |
| a column of integers in one file, floats in another | becomes both, which no later stage reads | becomes FLOAT |
| a missing value inside a list, and types beyond these | a Python error | refused in words |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from components.example_gen import column_types as kind_rules
from components.example_gen.column_types import Kind
from components.example_gen.tables import Block

# Rows in memory at a time: some megabytes of examples, as of a CSV block.
_BATCH_ROWS = 8192
# Bytes of a column chunk that are read ahead; without it, a whole row group would be in memory.
_READ_AHEAD = 1 << 20
# Between the items of a list in the text that decides the split: ASCII's own sign for it.
_SEPARATOR = "\x1e"


@dataclass(frozen=True)
class ParquetTable:
    """Parquet files, each with its own columns; components.example_gen.tables.Table says what each method is for.

    Attributes:
        first: the path of the first file, for messages.
        names: its columns.
        types: their kinds.
    """

    first: str
    names: tuple[str, ...]
    types: tuple[tuple[str, Kind], ...]

    @classmethod
    def of(cls, path: str, file: IO[bytes]) -> ParquetTable:
        """Reads the columns.

        Raises:
            ValueError: it is no Parquet file, or has a column of a type that no example can hold.
        """
        types = _kinds(path, _open(path, file).schema_arrow)
        return cls(path, tuple(types), tuple(types.items()))

    def blocks(self, path: str, file: IO[bytes], block_bytes: int) -> Iterator[Block]:
        """A block is a row group, whatever its size: that is how the file was written."""
        opened = _open(path, file)
        self._check(path, _kinds(path, opened.schema_arrow))
        for group in range(opened.metadata.num_row_groups):
            yield Block(path, group, group + 1, opened.metadata.row_group(group).total_byte_size)

    def _check(self, path: str, kinds: dict[str, Kind]) -> None:
        for name, kind in self.types:
            found = {kind, kinds.get(name, Kind.EMPTY)} - {Kind.EMPTY}
            if Kind.BYTES in found and len(found) > 1:
                raise ValueError(
                    f"{path}: column '{name}' is {kinds[name].name}, in {self.first} it is {kind.name}; the files of a "
                    "split must have the same types. Write them anew with one of the two"
                )

    def kinds(self, file: IO[bytes], block: Block, known: dict[str, Kind]) -> dict[str, Kind]:
        """The file says it; no row is read."""
        return kind_rules.merged([known, _kinds(block.path, _open(block.path, file).schema_arrow)])

    def rows(self, file: IO[bytes], block: Block) -> Iterator[pa.RecordBatch]:
        """Values are of the file's own types."""
        opened = _open(block.path, file)
        groups = list(range(block.start, block.end))
        try:
            yield from opened.iter_batches(batch_size=_BATCH_ROWS, row_groups=groups, use_threads=False)
        except (pa.ArrowInvalid, OSError) as error:
            raise ValueError(f"{block.path}: cannot be read as Parquet ({error}). Check how it was exported") from error

    def features(self, rows: pa.RecordBatch, kinds: dict[str, Kind]) -> pa.RecordBatch:
        """A missing value becomes a feature without a kind."""
        names = [name for name in rows.schema.names if name in kinds]
        return pa.RecordBatch.from_arrays([_feature(name, rows.column(name), kinds[name]) for name in names], names)

    def text(self, rows: pa.RecordBatch, names: Sequence[str]) -> list[pa.Array]:
        """Strings as they are, integers as digits, floats as the digits of their 64 bits; a list joined."""
        return [_text(rows.column(name)) for name in names]


def _open(path: str, file: IO[bytes]) -> parquet.ParquetFile:
    try:
        return parquet.ParquetFile(file, buffer_size=_READ_AHEAD, pre_buffer=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{path}: is not a Parquet file ({error}). Check how it was exported") from error


def _kinds(path: str, schema: pa.Schema) -> dict[str, Kind]:
    kinds = {}
    for field in schema:
        kind = _kind(_item_type(field.type))
        if kind is None:
            raise ValueError(
                f"{path}: column '{field.name}' is {field.type}; expected integers, floats, booleans, strings, bytes, "
                "or lists of them. Convert it before it is written, or leave it out"
            )
        kinds[field.name] = kind
    return kinds


def _is_list(type_: pa.DataType) -> bool:
    return pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_)


def _item_type(type_: pa.DataType) -> pa.DataType:
    type_ = type_.value_type if _is_list(type_) else type_
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _kind(type_: pa.DataType) -> Kind | None:
    if pa.types.is_null(type_):
        return Kind.EMPTY
    if pa.types.is_integer(type_) or pa.types.is_boolean(type_):
        return Kind.INT
    if pa.types.is_floating(type_):
        return Kind.FLOAT
    return Kind.BYTES if _is_text(type_) or pa.types.is_fixed_size_binary(type_) else None


def _is_text(type_: pa.DataType) -> bool:
    text = pa.types.is_string(type_) or pa.types.is_large_string(type_)
    return text or pa.types.is_binary(type_) or pa.types.is_large_binary(type_)


def _feature(name: str, column: pa.Array, kind: Kind) -> pa.ListArray:
    items, lengths = _items(name, column)
    if _is_text(items.type) and not _is_list(column.type):  # TFX's executor takes "" for a missing value
        filled = pc.not_equal(pc.binary_length(items), 0)
        lengths[lengths == 1] = filled.to_numpy(zero_copy_only=False)
        items = items.filter(filled)
    try:
        return kind_rules.listed(_converted(items, kind), lengths, missing=lengths == 0)
    except pa.ArrowException as error:
        raise ValueError(f"column '{name}' is {column.type}; expected {kind.name}, of 64 bits ({error})") from error


def _items(name: str, column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Returns the values of all rows, one after another, and how many each row has."""
    if not _is_list(column.type):
        items, lengths = column.drop_null(), column.is_valid().cast(pa.int32())
    else:
        items, lengths = column.flatten(), pc.fill_null(pc.list_value_length(column), 0)
    if items.null_count:
        raise ValueError(f"column '{name}': a list has a missing value among others, which no example can hold")
    items = items.dictionary_decode() if pa.types.is_dictionary(items.type) else items
    return items, lengths.to_numpy(zero_copy_only=False).astype(np.int32)


def _converted(items: pa.Array, kind: Kind) -> pa.Array:
    if kind == Kind.FLOAT:  # 0.1 as a double and then a single, as Python does it
        return items.cast(pa.float64(), safe=False).cast(kind_rules.ARROW[kind], safe=False)
    return items.cast(kind_rules.ARROW[kind])


def _text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if _is_list(column.type):
        items, lengths = _items("", column)
        return pc.binary_join(kind_rules.listed(_text(items), lengths), _SEPARATOR)
    if pa.types.is_floating(column.type):  # how a float is printed differs between versions of Arrow
        column = column.cast(pa.float64()).view(pa.int64())
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return column if _is_text(column.type) else column.cast(pa.string())
