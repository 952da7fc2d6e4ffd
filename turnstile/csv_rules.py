"""What a CSV file is, for everything that reads one: ExampleGen, its check of the input, and `turnstile predict`.

| in the file | what becomes of it |
| --- | --- |
| UTF-8, with or without a byte order mark | is read; other encodings and compressed files are refused, with a command |
| lines that end in LF, CRLF or CR | are read |
| blank lines | are skipped, before the header too |
| blanks around a name in the header | are not part of the name |
| a column without a name | is left out |
| a name that stands twice in the header | is refused |
| a quote at the beginning of a value | the value ends at the next quote that is not doubled; more text is refused |
| a quote elsewhere in a value, as in 5" pipe | is part of the value |
| a row with more or fewer values than the header | is refused |
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import IO, TextIO

_BLOCK_BYTES = 1 << 20
# A header is read in such pieces.
_HEADER_BYTES = 1 << 12
# Bytes of a record beyond which a quote is taken for one that is never closed: an open one would read on to the end.
_LONGEST_RECORD = 64 << 20
# Characters of a faulty row to show.
_SHOWN = 60

_QUOTED = rb'(?<![^,\r\n])"[^"]*+(?:""[^"]*+)*+"(?=[,\r\n]|\Z)'
_LITERAL_QUOTE = rb'(?<=[^,\r\n])"'
_WELL_FORMED = re.compile(rb'(?:[^"]++|' + _QUOTED + rb"|" + _LITERAL_QUOTE + rb")*+")
_RECORD = re.compile(rb'(?:[^"\r\n]++|' + _QUOTED + rb"|" + _LITERAL_QUOTE + rb")*+")
_OPEN_VALUE = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"?\Z')

_QUOTES = (
    'a value with a quote, a comma or a line\'s end in it must be quoted, and each quote in it doubled: "5"" pipe"'
)
# How files begin that are no CSV, and what to do with them.
_FOREIGN = {
    b"\x1f\x8b": "is compressed by gzip. Unpack it: gzip -dc FILE > NEW.csv",
    b"PK\x03\x04": "is a ZIP archive or an Excel workbook. Unpack it, or save it as CSV UTF-8",
    b"PAR1": "is a Parquet file. Give it a name that ends in .parquet",
    b"\xff\xfe": "is UTF-16. Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW.csv",
    b"\xfe\xff": "is UTF-16. Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW.csv",
}
_WITHOUT_MARK = re.compile(rb"[^\0]\0[^\0]\0|\0[^\0]\0[^\0]")  # UTF-16 of letters that ASCII has


class CsvError(ValueError):
    """A file is no CSV table; the message says where and what to do, without the file's name."""


def foreign(beginning: bytes) -> str | None:
    """Returns what a file is that cannot be CSV, judging by its first bytes; None if it can be."""
    known = (words for magic, words in _FOREIGN.items() if beginning.startswith(magic))
    if _WITHOUT_MARK.match(beginning):
        return "is UTF-16. Convert it: iconv -f UTF-16LE -t UTF-8 FILE > NEW.csv (or UTF-16BE)"
    return next(known, None)


def header(file: IO[bytes]) -> tuple[tuple[str, ...], int]:
    """Reads the names of the columns.

    Args:
        file: is read from its beginning.

    Returns:
        A name for each column, "" where there is none, and the byte at which the records begin.

    Raises:
        CsvError: there is no header, or it names a column twice.
    """
    start = _skip_mark(file)
    while True:
        line, end = _record(file, start)
        if not line and end == start:
            raise CsvError("has no header; expected the columns' names in the first line. Check how it was exported")
        try:
            names = next(csv.reader(io.StringIO(line.decode(), newline="")), [])
        except UnicodeDecodeError:
            raise CsvError(fault(file) or "has a header that is not UTF-8") from None
        if any(name.strip() for name in names):
            return checked_names(names), end
        start = end


def checked_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Returns the names in a header without the blanks around them; raises CsvError if one is there twice."""
    names = tuple(cell.strip() for cell in cells)
    twice = [name for name, times in Counter(names).items() if name and times > 1]
    if twice:
        raise CsvError(f"names a column twice in its header: {', '.join(twice)}. Rename or drop one of the two")
    return names


def _skip_mark(file: IO[bytes]) -> int:
    beginning = _read(file, 0, _HEADER_BYTES)
    if words := foreign(beginning):
        raise CsvError(words)
    return len(codecs.BOM_UTF8) if beginning.startswith(codecs.BOM_UTF8) else 0


def _record(file: IO[bytes], start: int) -> tuple[bytes, int]:
    """Returns the record that begins at a byte, without its line's end, and the byte behind that."""
    size = _HEADER_BYTES
    while True:
        content = _read(file, start, size)
        found = _RECORD.match(content)
        end, whole = found.end() if found else 0, len(content) < size
        if content[end : end + 1] == b'"':
            if whole or not _OPEN_VALUE.match(content, end):
                raise CsvError(fault(file) or _QUOTES)
        elif whole or end < len(content) - 1:
            line_end = 2 if content[end : end + 2] == b"\r\n" else 1
            return content[:end], start + min(end + line_end, len(content))
        size *= 2


def ends(file: IO[bytes], start: int, block_bytes: int) -> Iterator[int]:
    """Cuts the records of a file into blocks of about `block_bytes` each; yields the byte after each block.

    Args:
        file: of any size.
        start: the byte at which a record begins.
        block_bytes: of a block; a longer record is a block of its own.

    Raises:
        CsvError: a quote is wrong, so that nobody can tell where a record ends.
    """
    size = block_bytes
    while content := _read(file, start, size):
        end = len(content) if len(content) < size else _last_end(content)
        if end:
            start, size = start + end, block_bytes
            yield start
        elif size < _LONGEST_RECORD and _may_go_on(content):
            size *= 2
        else:
            raise CsvError(
                fault(file) or f"has a row of more than {_LONGEST_RECORD:,} bytes. Check how it was exported"
            )


def _may_go_on(content: bytes) -> bool:
    formed = well_formed(content)
    return formed == len(content) or bool(_OPEN_VALUE.match(content, formed))


def _last_end(content: bytes) -> int:
    """Returns the position after the last line's end that is in no quoted value; 0 if there is none."""
    end = len(content)
    while end := 1 + max(content.rfind(b"\n", 0, end), content.rfind(b"\r", 0, end)):
        formed = well_formed(content, end)
        if formed == end:
            return end
        end = formed
    return 0


def well_formed(content: bytes, end: int | None = None) -> int:
    """Returns how many bytes of records, from the beginning of one, keep the rules for quotes."""
    end = len(content) if end is None else end
    if content.find(b'"', 0, end) < 0:
        return end
    found = _WELL_FORMED.match(content, 0, end)
    return found.end() if found else 0


def records(text: TextIO) -> Iterator[Sequence[str]]:
    """Yields the names of the columns, then the cells of each row.

    Args:
        text: opened with newline="" and encoding="utf-8-sig".

    Raises:
        CsvError: the file breaks a rule.
        UnicodeDecodeError: it is not UTF-8.
    """
    names: tuple[str, ...] | None = None
    for line, cells in _lines(text):
        if names is None:
            if any(cell.strip() for cell in cells):
                yield (names := checked_names(cells))
        elif len(cells) != len(names):
            raise CsvError(_ragged(line, cells, len(names)))
        else:
            yield cells


def rows(text: TextIO) -> Iterator[dict[str, str]]:
    """Yields each row by column name; arguments and errors as of `records`."""
    found = records(text)
    named = [(position, name) for position, name in enumerate(next(found, ())) if name]
    for cells in found:
        yield {name: cells[position] for position, name in named}


def fault(file: IO[bytes]) -> str | None:
    """Returns the first fault of a file in words, with its line; None if there is none.

    It reads value by value, for when something is known to be wrong.
    """
    if (position := first_byte_not_utf8(file)) is not None:
        return not_utf8(position)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        return _first_fault(text)
    except CsvError as error:
        return str(error)
    finally:
        text.detach()


def _first_fault(text: TextIO) -> str | None:
    """Of rows that are too short or too long, it says how many there are: one was cut off, all were badly exported."""
    names, first, count = None, "", 0
    for line, cells in _lines(text):
        if names is None:
            names = checked_names(cells) if any(cell.strip() for cell in cells) else None
        elif len(cells) != len(names):
            first, count = first or _ragged(line, cells, len(names)), count + 1
    more = f" There are {count:,} such rows." if count > 1 else ""
    return first + more if first else None


def _lines(text: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Yields what is not blank, with the number of the line in which it ends."""
    csv.field_size_limit(sys.maxsize)  # Python's own limit is 131,072 characters
    reader, begins = csv.reader(text, strict=True), 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise CsvError(_quote_words(error, begins, reader.line_num)) from None
        if cells is None:
            return
        begins = reader.line_num + 1
        if cells:
            yield reader.line_num, cells


def _quote_words(error: csv.Error, begins: int, line: int) -> str:
    """Says what csv.reader found wrong in the row that begins at one line, when it had read another."""
    if "expected after" in str(error):
        return f"line {line:,}: a quoted value goes on behind its closing quote; {_QUOTES}"
    return f"line {begins:,}: a quote is opened and never closed; {_QUOTES}. Was the file cut off while it was copied?"


def _ragged(line: int, cells: Sequence[str], expected: int) -> str:
    shown = ",".join(cells)[:_SHOWN]
    values = "1 value" if len(cells) == 1 else f"{len(cells)} values"
    return (
        f"line {line:,} has {values}, the header has {expected}: '{shown}'. Was the file cut off while it was copied?"
    )


def not_utf8(position: int) -> str:
    """Says that a file is not UTF-8."""
    return (
        f"is not UTF-8: byte {position:,} cannot be decoded. "
        "Convert it, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW.csv"
    )


def first_byte_not_utf8(file: IO[bytes]) -> int | None:
    """Returns the position of the first byte that is not part of a character in UTF-8; None if all are."""
    file.seek(0)
    decoder, position = codecs.getincrementaldecoder("utf-8")(), 0
    while block := file.read(_BLOCK_BYTES):
        held_back = len(decoder.getstate()[0])  # bytes of a character begun in the block before
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return position - held_back + error.start
        position += len(block)
    return position - len(decoder.getstate()[0]) if decoder.getstate()[0] else None


def _read(file: IO[bytes], start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)
