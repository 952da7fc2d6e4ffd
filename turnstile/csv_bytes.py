"""Cuts a CSV file into blocks of whole records by the rules of turnstile/csv_rules.py, without parsing its values."""

from __future__ import annotations

import codecs
import csv
import functools
import io
import re
from collections.abc import Iterator
from typing import IO, NamedTuple

from turnstile.csv_rules import QUOTES, CsvError, checked_names, fault, foreign

# A header is read in such pieces.
_HEADER_BYTES = 1 << 12
# Bytes of a record beyond which a quote is taken for one that is never closed: an open one would read on to the end.
_LONGEST_RECORD = 64 << 20


class _Patterns(NamedTuple):
    """What is between two records, by the character that is between two columns."""

    well_formed: re.Pattern[bytes]
    record: re.Pattern[bytes]
    line: re.Pattern[bytes]  # a record with its line's end


@functools.cache
def _patterns(separator: str) -> _Patterns:
    other = rb"[^" + re.escape(separator.encode()) + rb"\r\n]"
    ends = rb"(?=[" + re.escape(separator.encode()) + rb"\r\n]|\Z)"
    quoted = rb"(?<!" + other + rb')"[^"]*+(?:""[^"]*+)*+"' + ends
    literal = rb"(?<=" + other + rb')"'
    # (?>...): Debian 12's Python, 3.11.2, matches (?:...|...)*+ wrongly where an alternative fails halfway.
    quote = rb"(?>" + quoted + rb"|" + literal + rb")"
    well_formed = re.compile(rb'(?:[^"]++|' + quote + rb")*+")
    record = rb'(?:[^"\r\n]++|' + quote + rb")*+"
    return _Patterns(well_formed, re.compile(record), re.compile(record + rb"(?:\r\n|\r|\n|\Z)"))


_OPEN_VALUE = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"?\Z')


def header(file: IO[bytes], separator: str = ",") -> tuple[tuple[str, ...], int]:
    """Reads the names of the columns.

    Args:
        file: is read from its beginning.
        separator: the character between the columns.

    Returns:
        A name for each column, "" where there is none, and the byte at which the records begin.

    Raises:
        CsvError: there is no header, or it names a column twice.
    """
    start = _skip_mark(file)
    while True:
        line, end = _record(file, start, separator)
        if not line and end == start:
            raise CsvError("has no header; expected the columns' names in the first line. Check how it was exported")
        try:
            names = next(csv.reader(io.StringIO(line.decode(), newline=""), delimiter=separator), [])
        except UnicodeDecodeError:
            raise CsvError(fault(file, separator) or "has a header that is not UTF-8") from None
        if any(name.strip() for name in names):
            return checked_names(names, separator), end
        start = end


def _skip_mark(file: IO[bytes]) -> int:
    beginning = _read(file, 0, _HEADER_BYTES)
    if words := foreign(beginning):
        raise CsvError(words)
    return len(codecs.BOM_UTF8) if beginning.startswith(codecs.BOM_UTF8) else 0


def _record(file: IO[bytes], start: int, separator: str) -> tuple[bytes, int]:
    """Returns the record that begins at a byte, without its line's end, and the byte behind that."""
    size = _HEADER_BYTES
    while True:
        content = _read(file, start, size)
        found = _patterns(separator).record.match(content)
        end, whole = found.end() if found else 0, len(content) < size
        if content[end : end + 1] == b'"':
            if whole or not _OPEN_VALUE.match(content, end):
                raise CsvError(fault(file, separator) or QUOTES)
        elif whole or end < len(content) - 1:
            line_end = 2 if content[end : end + 2] == b"\r\n" else 1
            return content[:end], start + min(end + line_end, len(content))
        size *= 2


def ends(file: IO[bytes], start: int, block_bytes: int, separator: str = ",") -> Iterator[int]:
    """Cuts the records of a file into blocks of about `block_bytes` each; yields the byte after each block.

    Args:
        file: a file of any size.
        start: the byte at which a record begins.
        block_bytes: the size of a block; a longer record is a block of its own.
        separator: the character between the columns.

    Raises:
        CsvError: a quote is wrong, so that nobody can tell where a record ends.
    """
    size = block_bytes
    while content := _read(file, start, size):
        end = len(content) if len(content) < size else _last_end(content, separator)
        if end:
            start, size = start + end, block_bytes
            yield start
        elif size < _LONGEST_RECORD and _may_go_on(content, separator):
            size *= 2
        else:
            raise CsvError(
                fault(file, separator) or f"has a row of more than {_LONGEST_RECORD:,} bytes. Check how it was exported"
            )


def records(content: bytes, separator: str = ",") -> list[bytes]:
    """Cuts a block of whole records into the records, each with its line's end; blank lines are left out.

    Raises:
        CsvError: a quote is wrong.
    """
    if b'"' not in content:
        return [line for line in content.splitlines(keepends=True) if line.strip(b"\r\n")]
    lines = [found[0] for found in _patterns(separator).line.finditer(content)]
    if sum(map(len, lines)) != len(content):
        raise CsvError(QUOTES)
    return [line for line in lines if line.strip(b"\r\n")]


def _may_go_on(content: bytes, separator: str) -> bool:
    formed = well_formed(content, None, separator)
    return formed == len(content) or bool(_OPEN_VALUE.match(content, formed))


def _last_end(content: bytes, separator: str) -> int:
    """Returns the position after the last line's end that is in no quoted value; 0 if there is none."""
    end = len(content)
    while end := 1 + max(content.rfind(b"\n", 0, end), content.rfind(b"\r", 0, end)):
        formed = well_formed(content, end, separator)
        if formed == end:
            return end
        end = formed
    return 0


def well_formed(content: bytes, end: int | None = None, separator: str = ",") -> int:
    """Returns how many bytes of records, from the beginning of one, keep the rules for quotes."""
    end = len(content) if end is None else end
    if content.find(b'"', 0, end) < 0:
        return end
    found = _patterns(separator).well_formed.match(content, 0, end)
    return found.end() if found else 0


def _read(file: IO[bytes], start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)
