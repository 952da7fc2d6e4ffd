"""Looks at the input files before they are read: a file that is no table is refused in words.

TFX's ExampleGen meets the same faults with a Beam traceback from deep inside.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

import pyarrow as pa

from components.ahead import ahead
from components.example_gen import misfits, missing_labels, shards, table_files
from components.example_gen.column_rules import PLAIN, Rules, Seen
from components.example_gen.column_types import ColumnType
from components.example_gen.csv_table import CsvTable
from components.example_gen.input_files import input_files
from components.example_gen.parquet_table import ParquetTable
from components.example_gen.tables import Block, Table
from turnstile import csv_dialect
from turnstile.csv_dialect import Dialect
from turnstile.places import Place
from turnstile.span_pattern import Span

# Blocks that are looked at together, on as many cores; beyond some eight, Python's lock lets no more work.
_THREADS = min(os.cpu_count() or 1, 8)
# Faults that are told before the rest is only counted.
_TOLD = 20


def columns(path: str | Place, span: Span | None = None, dialect: Dialect = csv_dialect.PLAIN) -> list[str]:
    """Returns the names of the columns; `path` and `span` are as for input_files, `dialect` is how CSV is written.

    Of what type they are, all values decide, when the run reads them. Of files that cannot be read, none is returned.
    """
    files = input_files(path, span)
    try:
        if csv_dialect.ending(str(files[0])) == csv_dialect.PARQUET:
            return list(dict.fromkeys(name for file in files for name in table_files.arrow_schema(str(file)).names))
        with files[0].open("rb") as file:
            return list(CsvTable.of(str(files[0]), file, Rules(dialect=dialect)).names)
    except (pa.ArrowInvalid, OSError, ValueError):
        return []


@dataclass
class Look:
    """What was found in files.

    Attributes:
        kinds: the kind that each column is written as.
        faults: a sentence or more for each thing that is wrong; empty when all can be read.
        ignored: columns that are not read.
        names: the columns that are read.
        without_label: how many rows are left out, because they have no label.
        rows: how many rows each file has.
    """

    kinds: dict[str, ColumnType] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    without_label: int = 0
    rows: dict[str, int] = field(default_factory=dict)


def look(paths: Sequence[str], rules: Rules = PLAIN) -> Look:
    """Looks at every file, and at all cells that decide what a column is.

    Args:
        paths: the paths of the files of one split; not empty.
        rules: how columns are read.
    """
    table: Table | None = None
    seen: dict[str, Seen] = {}
    found = Look()
    for path in paths:
        try:
            with table_files.opened(path) as file:
                _check_not_empty(path, file)
                table = table_files.with_file(table, path, file, rules)
                found.rows[path] = _look_at(table, path, file, seen)
        except ValueError as error:
            found.faults.append(str(error))
        except OSError as error:
            found.faults.append(f"{path}: cannot be read ({error.strerror or error})")
    rows = sum(found.rows.values())
    if not found.faults and not rows:
        found.faults.append(
            f"{_some(paths)}: has no rows, so nothing can be learned from it. Check how it was exported"
        )
    if table and not found.faults:
        kinds = {name: seen[name].kind for name in table.names if name in seen}
        found.kinds = rules.resolved(kinds, text=isinstance(table, CsvTable))
        found.faults = misfits.of_columns(seen, rules)
        found.ignored, found.names = _ignored(table), list(table.names)
        if rules.labels and not found.faults:
            _leave_out(found, table, paths, rows, rules.labels)
    if len(found.faults) > _TOLD:
        found.faults[_TOLD:] = [f"and {len(found.faults) - _TOLD:,} more faults"]
    return found


def _leave_out(found: Look, table: Table, paths: Sequence[str], rows: int, labels: Sequence[str]) -> None:
    """Counts the rows without a label; where all are, it is a fault."""
    found.without_label = missing_labels.count(table, paths, found.kinds, labels)
    if found.without_label == rows:
        found.faults.append(
            f"{_some(paths)}: no row has a label, a value in {' and '.join(labels)}; data.drop_missing_labels "
            "leaves all of them out. Fill it in, or name another column in [label]"
        )


def _check_not_empty(path: str, file: IO[bytes]) -> None:
    if not file.read(1):
        raise ValueError(f"{path}: is empty; expected a header line and rows. Check how it was exported")


def _look_at(table: Table, path: str, file: IO[bytes], seen: dict[str, Seen]) -> int:
    def look(block: Block) -> tuple[int, dict[str, Seen]]:
        with table_files.opened(path) as own:
            return table.look(own, block, seen)

    rows = 0
    for count, found in ahead(look, table.blocks(path, file, shards.BLOCK_BYTES), _THREADS):
        rows += count
        for name, what in found.items():
            seen.setdefault(name, Seen()).add(what, path)
    return rows


def _ignored(table: Table) -> list[str]:
    if isinstance(table, ParquetTable):
        return [f"column '{name}': nothing uses it, and no example can hold its type" for name in sorted(table.ignored)]
    nameless = table.header.count("") if isinstance(table, CsvTable) else 0
    return [f"{nameless} of the columns: no name in the header"] if nameless else []


def _some(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1:,} more"
