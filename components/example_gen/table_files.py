"""Makes one table of files: the name of the first one tells the format, .parquet or else CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import pyarrow as pa
from pyarrow import parquet

from components.example_gen.column_rules import Rules
from components.example_gen.csv_table import CsvTable
from components.example_gen.parquet_table import ParquetTable
from components.example_gen.tables import Table
from turnstile import csv_dialect
from turnstile.places import place


def with_file(table: Table | None, path: str, file: IO[bytes], rules: Rules) -> Table:
    """Returns a table with one more file; without a table, that of the file alone.

    Raises:
        ValueError: the file has no columns that can be read.
    """
    if table is None:
        kind = ParquetTable if csv_dialect.ending(path) == csv_dialect.PARQUET else CsvTable
        return kind.of(path, file, rules)
    return table.joined(path, file) if isinstance(table, ParquetTable) else table


def opened(path: str) -> IO[bytes]:
    """Opens a file to be read, as it is: a compressed one is not unpacked."""
    return place(path).open("rb")


def arrow_schema(path: str) -> pa.Schema:
    """Returns what a Parquet file says of its columns; raises pyarrow's errors for what is none."""
    with opened(path) as file:
        return parquet.read_schema(file)


def of_files(paths: Sequence[str], rules: Rules) -> Table:
    """Returns the table of files.

    Args:
        paths: the paths of the files; not empty.
        rules: how columns are read.

    Raises:
        ValueError: the first file, or any of Parquet, has no columns that can be read.
    """
    with opened(paths[0]) as file:
        table = with_file(None, paths[0], file, rules)
    for path in paths[1:] if isinstance(table, ParquetTable) else ():  # CSV has its columns in every file
        with opened(path) as file:
            table = with_file(table, path, file, rules)
    return table
