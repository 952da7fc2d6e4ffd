"""Looks at the input files before they are read: a file that is no table is refused in words.

TFX's ExampleGen meets the same faults with a Beam traceback from deep inside.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet
from tensorflow_metadata.proto.v0 import schema_pb2

from components.example_gen.input_files import input_files
from turnstile.span_pattern import Span

# Bytes of CSV read at a time; memory stays at a few such blocks, whatever the file's size.
_BLOCK_BYTES = 16 << 20
# Characters of a faulty line to show.
_SHOWN = 60


def columns(path: str | Path, span: Span | None = None) -> schema_pb2.Schema:
    """Returns the columns of the first input file with the types that its first rows suggest.

    `path` and `span` are as for input_files. A column whose type cannot be told has TYPE_UNKNOWN; of a file that cannot
    be read, no column is returned.
    """
    file = input_files(path, span)[0]
    try:
        found = parquet.read_schema(file) if file.suffix == ".parquet" else csv.open_csv(file).schema
    except (pa.ArrowInvalid, OSError):
        return schema_pb2.Schema()
    return schema_pb2.Schema(feature=[{"name": field.name, "type": _type(field.type)} for field in found])


def _type(type_: pa.DataType) -> schema_pb2.FeatureType:
    if pa.types.is_integer(type_):
        return schema_pb2.INT
    if pa.types.is_floating(type_):
        return schema_pb2.FLOAT
    return schema_pb2.BYTES if pa.types.is_string(type_) or pa.types.is_large_string(type_) else schema_pb2.TYPE_UNKNOWN


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


def _header(file: Path) -> list[str]:
    return csv.open_csv(file, csv.ReadOptions(block_size=_BLOCK_BYTES)).schema.names


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
        if handle.read(3) == codecs.BOM_UTF8:
            return (
                "starts with a byte order mark, which would join the first column's name. Remove it: dos2unix -r FILE"
            )
    position = _first_byte_not_utf8(file)
    if position is not None:
        return f"is not UTF-8: byte {position:,} cannot be decoded. Convert it: iconv -f LATIN1 -t UTF-8 FILE"
    bad: list[csv.InvalidRow] = []

    def note(row: csv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    parse = csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note)
    read = csv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False)
    try:
        header = csv.open_csv(file, read, parse).schema.names
        as_text = csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), check_utf8=False)
        bad.clear()  # the first block has been looked at twice
        rows = sum(batch.num_rows for batch in csv.open_csv(file, read, parse, as_text))
    except pa.ArrowInvalid as error:
        return f"cannot be read as CSV ({error}). Check how it was exported"
    if bad:
        return _ragged(bad)
    if len(set(header)) < len(header):
        return f"names a column twice in its header: {', '.join(sorted({h for h in header if header.count(h) > 1}))}"
    return None if rows else "has a header but no rows; nothing can be learned from it"


def _ragged(bad: list[csv.InvalidRow]) -> str:
    first = bad[0]
    line = f"line {first.number:,}" if first.number else "a line"  # the header is line 1
    return (
        f"{line} has {first.actual_columns} columns, the header has {first.expected_columns} "
        f"({len(bad):,} such in all): '{first.text[:_SHOWN]}'. Was the file cut off while it was copied?"
    )


def _first_byte_not_utf8(file: Path) -> int | None:
    decoder, position = codecs.getincrementaldecoder("utf-8")(), 0
    with file.open("rb") as handle:
        while block := handle.read(_BLOCK_BYTES):
            held_back = len(decoder.getstate()[0])  # bytes of a character begun in the block before
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return position - held_back + error.start
            position += len(block)
    return position - len(decoder.getstate()[0]) if decoder.getstate()[0] else None
