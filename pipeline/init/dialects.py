"""How CSV files are written, told from the beginning of the first one: what stands between columns, and in numbers."""

from __future__ import annotations

import csv
import re

from components.example_gen.input_files import input_files
from components.example_gen.settings import Reading
from turnstile import csv_dialect
from turnstile.csv_dialect import PLAIN, PackedError
from turnstile.places import Place

_LOOKED_AT = 1 << 16  # bytes: hundreds of rows
_SEPARATORS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?([eE][+-]?\d+)?")


def of_data(path: str) -> Reading:
    """Returns how the files are read; `path` is as [data] of a config has it."""
    first = input_files(path)[0]
    if not csv_dialect.is_csv(str(first)):
        return Reading()
    lines = _lines(first)
    # The one that makes the most columns of the header; a comma, if another makes no more.
    separator = max(_SEPARATORS, key=lambda sign: len(_cells(lines[:1], sign)[0])) if lines else PLAIN.separator
    rows = _cells(lines[1:], separator)
    columns = [[cell.strip() for cell in column if cell.strip()] for column in zip(*rows, strict=False)]
    commas = separator != "," and any(_has_decimal_commas(column) for column in columns)
    return Reading(separator=separator, decimal="," if commas else ".")


def _lines(path: Place) -> list[str]:
    with path.open("rb") as file:
        try:
            content = csv_dialect.unpacked(file, PLAIN.compression_of(str(path))).read(_LOOKED_AT)
        except PackedError:
            return []  # ExampleGen's own check says it in words
    lines = [line for line in content.decode("utf-8-sig", errors="replace").splitlines() if line.strip()]
    return lines[:-1] if len(content) == _LOOKED_AT else lines  # the last one is cut off


def _cells(lines: list[str], separator: str) -> list[list[str]]:
    return list(csv.reader(lines, delimiter=separator))


def _has_decimal_commas(cells: list[str]) -> bool:
    return bool(cells) and all(map(_NUMBER.fullmatch, cells)) and any("," in cell for cell in cells)
