"""Looks at the input files before they are read: a file that is no table is refused in words.

TFX's ExampleGen meets the same faults with a Beam traceback from deep inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from components.example_gen.csv_table import CsvTable
from components.example_gen.input_files import input_files
from components.example_gen.span_pattern import Span

# Bytes of CSV read at a time; memory stays at a few such blocks, whatever the file's size.
_BLOCK_BYTES = 16 << 20


def columns(path: str | Path, span: Span | None = None) -> list[str]:
    """Returns the names of the columns; `path` and `span` are as for input_files.

    Of what type they are, all values decide, when the run reads them. Of files that cannot be read, none is returned.
    """
    files = input_files(path, span)
    try:
        if files[0].suffix == ".parquet":
            return list(dict.fromkeys(name for file in files for name in parquet.read_schema(file).names))
        with files[0].open("rb") as file:
            return list(CsvTable.of(str(files[0]), file).names)
    except (pa.ArrowInvalid, OSError, ValueError):
        return []


def faults(files: Sequence[Path]) -> list[str]:
    """Returns what is wrong with input files, a sentence for each faulty file; empty when all can be read."""
    found = [f"{file}: {fault}" for file in files if (fault := _fault(file))]
    return found or _unlike(files)


def _unlike(files: Sequence[Path]) -> list[str]:
    """CSV files of one folder are one table, so their headers must be the same."""
    headers = {file: _header(file) for file in files if file.suffix == ".csv"}
    first = next(iter(headers), None)
    return [
        f"{file}: its header differs from that of {first}; files of one folder must have the same columns, "
        f"in the same order. Differing: {', '.join(sorted(set(header) ^ set(headers[first]))) or 'the order'}"
        for file, header in headers.items()
        if first and header != headers[first]
    ]


def _header(file: Path) -> tuple[str, ...]:
    with file.open("rb") as handle:
        return CsvTable.of(str(file), handle).header


def _fault(file: Path) -> str | None:
    if not file.stat().st_size:
        return "is empty; expected a header line and rows. Check how it was exported"
    return _csv_fault(file) if file.suffix == ".csv" else _parquet_fault(file)


def _parquet_fault(file: Path) -> str | None:
    try:
        rows = parquet.ParquetFile(file).metadata.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        return f"is not a Parquet file ({error}). Check how it was exported"
    return None if rows else "has no rows; nothing can be learned from it"


def _csv_fault(file: Path) -> str | None:
    with file.open("rb") as handle:
        try:
            table = CsvTable.of(str(file), handle)
            blocks = table.blocks(str(file), handle, _BLOCK_BYTES)
            rows = sum(batch.num_rows for block in blocks for batch in table.rows(handle, block))
        except ValueError as error:
            return str(error).removeprefix(f"{file}: ")
    return None if rows else "has a header but no rows; nothing can be learned from it"
