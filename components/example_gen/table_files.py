"""Makes one table of files: the name of the first one tells the format, .parquet or else CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from components.example_gen.column_rules import Rules
from components.example_gen.csv_table import CsvTable
from components.example_gen.parquet_table import ParquetTable
from components.example_gen.tables import Table
from turnstile import csv_dialect


def with_file(table: Table | None, path: str, file: IO[bytes], rules: Rules) -> Table:
    """Returns a table with one more file; without a table, that of the file alone.

    Raises:
        ValueError: the file has no columns that can be read.
    """
    if table is None:
        kind = ParquetTable if csv_dialect.ending(path) == csv_dialect.PARQUET else CsvTable
        return kind.of(path, file, rules)
    return table.joined(path, file) if isinstance(table, ParquetTable) else table


def on_this_machine(path: str) -> IO[bytes]:
    """Opens a file that is not in an object store."""
    return Path(path).open("rb")


def of_files(paths: Sequence[str], rules: Rules, opened: Callable[[str], IO[bytes]] = on_this_machine) -> Table:
    """Returns the table of files.

    Args:
        paths: the paths of the files; not empty.
        rules: how columns are read.
        opened: opens a file.

    Raises:
        ValueError: the first file, or any of Parquet, has no columns that can be read.
    """
    with opened(paths[0]) as file:
        table = with_file(None, paths[0], file, rules)
    for path in paths[1:] if isinstance(table, ParquetTable) else ():  # CSV has its columns in every file
        with opened(path) as file:
            table = with_file(table, path, file, rules)
    return table
