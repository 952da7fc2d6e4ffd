"""Reads a table for `turnstile init` with the code that reads it in a run: a value is what it is in an example."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from components.example_gen import input_check, parquet_values, shards, table_files
from components.example_gen.column_rules import Rules, Use
from components.example_gen.column_types import ColumnType
from components.example_gen.input_files import input_files
from components.example_gen.settings import Reading
from components.example_gen.tables import Block, Table
from turnstile import csv_dialect, null_values
from turnstile.columns import Want
from turnstile.errors import UsageError

# Rows to look at: enough to see a value of one row in ten thousand twenty times, and few enough for seconds.
ROWS = 200_000
_ABOUT = 0.1  # how much more than that may be read, as a share: how many rows there are is estimated


@dataclass(frozen=True)
class Sample:
    """Rows of a table.

    Attributes:
        columns: the first value of each row, by column; null where there is none.
        kinds: what all values of the table, not only these, are, by column.
        ignored: sentences about columns that cannot be read.
        every: of how many rows one was taken; 1 for all.
        how: how the files are read.
    """

    columns: dict[str, pa.Array]
    kinds: dict[str, ColumnType]
    ignored: tuple[str, ...]
    every: int
    how: Reading

    @property
    def rows(self) -> int:
        """The number of rows that were taken."""
        return len(next(iter(self.columns.values())))

    @property
    def total(self) -> int:
        """About how many rows the table has; exact if all were taken."""
        return self.rows * self.every


def read(path: str, how: Reading, rows: int = ROWS) -> Sample:
    """Reads about `rows` rows, evenly spread over the files; all, if there are no more.

    Args:
        path: as [data] of a config has it.
        how: how the files are read.
        rows: how many to read.

    Raises:
        UsageError: a file cannot be read; the message says which, and what to do.
    """
    files = [str(file) for file in input_files(path)]
    rules = Rules(_moments(files), null_values.WORDS, how.null_values, dialect=how.dialect)
    look = input_check.look(files, rules)
    if look.faults:
        raise UsageError("\n".join(look.faults))
    kinds = {name: kind for name, kind in look.kinds.items() if name in look.names}
    table = table_files.of_files(files, rules)
    blocks = list(_blocks(table, files))
    every = max(1, math.ceil(_estimated_rows(table, blocks) / rows - _ABOUT))
    taken = list(_taken(table, blocks, kinds, every))
    columns = {name: _joined(batch.column(name) for batch in taken if name in batch.schema.names) for name in kinds}
    return Sample(columns, kinds, tuple(look.ignored), every, how)


def _moments(files: Sequence[str]) -> dict[str, Use]:
    """Dates and timestamps of Parquet can be read as times only."""
    if csv_dialect.ending(files[0]) != csv_dialect.PARQUET:
        return {}
    try:
        fields = [field for file in files for field in table_files.arrow_schema(file)]
    except (pa.ArrowInvalid, OSError):
        return {}  # the look at the files says it in words
    return {field.name: Use(Want.TIME) for field in fields if parquet_values.is_moment(field.type)}


def _blocks(table: Table, files: Sequence[str]) -> Iterator[Block]:
    for path in files:
        with table_files.opened(path) as file:
            yield from table.blocks(path, file, shards.BLOCK_BYTES)


def _estimated_rows(table: Table, blocks: Sequence[Block]) -> float:
    """The rows of the first block tell how many bytes a row has."""
    first = next(block for block in blocks if block.size)
    with table_files.opened(first.path) as file:
        in_first = sum(rows.num_rows for rows in table.rows(file, first))
    return sum(block.size for block in blocks) / first.size * max(in_first, 1)


def _taken(table: Table, blocks: Sequence[Block], kinds: dict[str, ColumnType], every: int) -> Iterator[pa.RecordBatch]:
    start = 0
    for block in blocks:
        with table_files.opened(block.path) as file:
            for rows in table.rows(file, block):
                position = np.arange(start % every, rows.num_rows, every)
                start = (start - rows.num_rows) % every
                yield _firsts(table.features(_take(rows, position), kinds))


def _take(rows: pa.RecordBatch, position: np.ndarray) -> pa.RecordBatch:
    if len(position) == rows.num_rows:
        return rows
    columns = [column.take(pa.array(position)) for column in rows.columns]
    return pa.RecordBatch.from_arrays(columns, rows.schema.names)


def _firsts(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Of the values that a row has in a column, the first one counts, as in Transform."""
    columns = []
    for lists in rows.columns:
        offsets = lists.offsets.to_numpy()
        position = pa.array(offsets[:-1].astype(np.int64), mask=offsets[1:] == offsets[:-1])
        columns.append(lists.values.take(position))
    return pa.RecordBatch.from_arrays(columns, rows.schema.names)


def _joined(parts: Iterator[pa.Array]) -> pa.Array:
    return pa.concat_arrays(list(parts))
