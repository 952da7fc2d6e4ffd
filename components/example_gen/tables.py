"""What the kinds of input files have in common: a table is read block by block, each by whoever it is given to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

import pyarrow as pa

from components.example_gen.column_rules import Seen
from components.example_gen.column_types import ColumnType


@dataclass(frozen=True)
class Block:
    """A part of a file that can be read without the rest.

    Attributes:
        path: the path of the file.
        start: where the block begins: a byte of a CSV file, a row group of a Parquet file.
        end: where it ends; the first byte or row group after it.
        size: bytes, not compressed.
    """

    path: str
    start: int
    end: int
    size: int


class Table(Protocol):
    """A kind of file. What a method gets as `file` is open, and whole."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the first file."""

    def blocks(self, path: str, file: IO[bytes], block_bytes: int) -> Iterator[Block]:
        """Cuts a file into blocks of about `block_bytes`.

        Raises:
            ValueError: the file does not belong to this table, or its end is missing.
        """

    def kinds(self, file: IO[bytes], block: Block, known: dict[str, ColumnType]) -> dict[str, ColumnType]:
        """Returns the kind of each column so far; `known` is what the blocks before gave."""

    def look(self, file: IO[bytes], block: Block, seen: Mapping[str, Seen]) -> tuple[int, dict[str, Seen]]:
        """Returns the number of a block's rows, and what is seen of each column in them.

        Args:
            file: the file that the block is in.
            block: the block to look at.
            seen: of the blocks before.

        Raises:
            ValueError: it cannot be read; the message says what to do.
        """

    def rows(self, file: IO[bytes], block: Block) -> Iterator[pa.RecordBatch]:
        """Reads a block, a batch of rows at a time.

        Raises:
            ValueError: it cannot be read; the message says what to do.
        """

    def features(self, rows: pa.RecordBatch, kinds: dict[str, ColumnType]) -> pa.RecordBatch:
        """Returns a column of lists, as the encoder wants them, for each column that `kinds` names.

        Raises:
            ValueError: a value is not of its column's kind.
        """

    def text(self, rows: pa.RecordBatch, names: Sequence[str]) -> list[pa.Array]:
        """Returns the columns as text that is the same in every run and on every stack; null for a missing value."""
