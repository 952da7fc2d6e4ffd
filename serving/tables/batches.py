"""Rows that are read together, cut and joined to batches of the same size."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from serving.tables.inputs import is_text

Pair = tuple[pa.Table, pa.Table]  # the columns that were asked for, and those to keep


class Table(NamedTuple):
    """Some rows of a file, one after another.

    Attributes:
        cells: the columns that were asked for, null where a value is missing.
        kept: the columns to keep, as they stand in the file; null for what the config lists as missing.
    """

    cells: pa.RecordBatch
    kept: pa.RecordBatch


def with_empty(table: pa.Table) -> pa.Table:
    """Returns a table of text in which null is "": the text of the file."""
    return pa.table(
        {name: column.fill_null("") for name, column in zip(table.column_names, table.columns, strict=True)}
    )


def without(table: pa.Table, null_values: Collection[str]) -> pa.Table:
    """Returns a table in which text that stands for a missing value is null."""
    if not null_values:
        return table
    for position, name in enumerate(table.column_names):
        column = table.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if is_text(column.type):
            listed = pc.is_in(column, value_set=pa.array(null_values, column.type))
            column = pc.if_else(listed, pa.scalar(None, column.type), column)
            table = table.set_column(position, name, column)
    return table


def in_batches(tables: Iterable[Pair], rows: int) -> Iterator[Table]:
    """Cuts and joins tables so that each but the last has as many rows as one may have."""
    left: list[Pair] = []
    for pair in tables:
        left.append(pair)
        while sum(cells.num_rows for cells, _ in left) >= rows:
            cells, kept = (pa.concat_tables(parts) for parts in zip(*left, strict=True))
            yield Table(_batch(cells.slice(0, rows)), _batch(kept.slice(0, rows)))
            left = [(cells.slice(rows), kept.slice(rows))]
    cells, kept = (pa.concat_tables(parts) for parts in zip(*left, strict=True)) if left else (None, None)
    if cells is not None and cells.num_rows:
        yield Table(_batch(cells), _batch(kept))


def _batch(table: pa.Table) -> pa.RecordBatch:
    columns = [column.combine_chunks() for column in table.columns]
    flat = [column.chunk(0) if isinstance(column, pa.ChunkedArray) else column for column in columns]
    return pa.RecordBatch.from_arrays(flat, table.column_names)
