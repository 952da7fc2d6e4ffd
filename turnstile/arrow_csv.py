"""Parses records of CSV into Arrow's columns of text, by the rules of csv_rules.py."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Sequence

import pyarrow as pa
from pyarrow import csv as arrow_csv

from turnstile import csv_bytes


def parse(
    content: bytes, header: Sequence[str], wanted: Sequence[str], separator: str, null_values: Collection[str]
) -> pa.Table:
    """Parses whole records; every cell is text, and an empty one, quoted or not, is null.

    Args:
        content: the records, without a header.
        header: a name for each column, "" where there is none.
        wanted: the columns to return.
        separator: the character between the columns.
        null_values: text that is null as well.

    Raises:
        pyarrow.ArrowInvalid: the records break a rule; csv_rules.fault says which.
    """
    if csv_bytes.well_formed(content, None, separator) < len(content):
        raise pa.ArrowInvalid("a quote is wrong")
    if content.startswith(codecs.BOM_UTF8):  # part of a value here, where a file does not begin; Arrow would drop it
        content = b"\n" + content
    names = [name or f"\0{position}" for position, name in enumerate(header)]  # for Arrow, each needs one
    return arrow_csv.read_csv(
        pa.py_buffer(content),
        # One batch: there are blocks enough to keep all workers busy.
        read_options=arrow_csv.ReadOptions(use_threads=False, block_size=len(content) + 1, column_names=names),
        parse_options=arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=list(wanted),
            null_values=["", *null_values],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
