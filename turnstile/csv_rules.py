"""What a CSV file is, for everything that reads one: ExampleGen, its check of the input, and `turnstile predict`.

| in the file | what becomes of it |
| --- | --- |
| UTF-8, with or without a byte order mark | is read; other encodings are refused, with a command |
| gzip, bzip2 or Zstandard, said by the name or the config | is unpacked; what says nothing of it is refused |
| lines that end in LF, CRLF or CR | are read |
| blank lines | are skipped, before the header too |
| blanks around a name in the header | are not part of the name |
| a column without a name | is left out |
| a name that stands twice in the header | is refused |
| another sign between the columns than the config's separator, which is a comma by default | is refused |
| a quote at the beginning of a value | the value ends at the next quote that is not doubled; more text is refused |
| a quote elsewhere in a value, as in 5" pipe | is part of the value |
| a row with more or fewer values than the header | is refused |
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import IO, TextIO

_BLOCK_BYTES = 1 << 20
# Characters of a faulty row to show.
_SHOWN = 60

# What to do about a wrong quote.
QUOTES = 'a value with a quote, a comma or a line\'s end in it must be quoted, and each quote in it doubled: "5"" pipe"'
# How files begin that are no CSV, and what to do with them.
_FOREIGN = {
    b"\x1f\x8b": 'is compressed by gzip. Let its name end in .csv.gz, or write under [data]: compression = "gzip"',
    b"PK\x03\x04": "is a ZIP archive or an Excel workbook. Unpack it, or save it as CSV UTF-8",
    b"PAR1": "is a Parquet file. Give it a name that ends in .parquet",
    b"\xff\xfe": "is UTF-16. Convert it, and use NEW.csv: iconv -f UTF-16 -t UTF-8 FILE > NEW.csv",
    b"\xfe\xff": "is UTF-16. Convert it, and use NEW.csv: iconv -f UTF-16 -t UTF-8 FILE > NEW.csv",
}
_SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_NEXT_NAME = re.compile(f'"([{"".join(_SIGNS)}])')  # behind the closing quote of the name before
# UTF-16 of letters that ASCII has, without a byte order mark.
_WITHOUT_MARK = {"UTF-16LE": re.compile(rb"[^\0]\0[^\0]\0"), "UTF-16BE": re.compile(rb"\0[^\0]\0[^\0]")}
_OF_FILE = re.compile(r"(iconv -f \S+ -t UTF-8) FILE ")  # the commands in messages


class CsvError(ValueError):
    """A file is no CSV table; the message says where and what to do, without the file's name."""


def foreign(beginning: bytes) -> str | None:
    """Returns what a file is that cannot be CSV, judging by its first bytes; None if it can be."""
    known = (words for magic, words in _FOREIGN.items() if beginning.startswith(magic))
    for encoding, letters in _WITHOUT_MARK.items():
        if letters.match(beginning):
            return f"is UTF-16. Convert it, and use NEW.csv: iconv -f {encoding} -t UTF-8 FILE > NEW.csv"
    return next(known, None)


def in_file(path: str, words: object) -> str:
    """Returns what is wrong with a file behind its name; the commands in it name the file, too."""
    return f"{path}: {_OF_FILE.sub(lambda found: f'{found[1]} {shlex.quote(path)} ', str(words))}"


def checked_names(cells: Sequence[str], separator: str = ",") -> tuple[str, ...]:
    """Returns the names in a header without the blanks around them.

    Raises:
        CsvError: a name is there twice, or another sign than the separator is between them.
    """
    names = tuple(cell.strip() for cell in cells)
    if len(names) == 1 and (sign := next((sign for sign in _SIGNS if sign in names[0] and sign != separator), None)):
        raise CsvError(_separated(sign, separator))
    twice = [name for name, times in Counter(names).items() if name and times > 1]
    if twice:
        raise CsvError(f"names a column twice in its header: {', '.join(twice)}. Rename or remove one of the two")
    return names


def _separated(sign: str, separator: str) -> str:
    comma = ', and decimal = "," if its numbers have a comma' if sign == ";" else ""
    return (
        f"has {_SIGNS[sign]} between its columns; expected {_SIGNS.get(separator, repr(separator))}. "
        f"Write under [data] of the config: separator = {json.dumps(sign)}{comma}"
    )


def records(text: TextIO, separator: str = ",") -> Iterator[Sequence[str]]:
    """Yields the names of the columns, then the cells of each row.

    Args:
        text: opened with newline="" and encoding="utf-8-sig".
        separator: the character between the columns.

    Raises:
        CsvError: the file breaks a rule.
        UnicodeDecodeError: it is not UTF-8.
    """
    names: tuple[str, ...] | None = None
    for line, cells in _lines(text, separator):
        if names is None:
            if any(cell.strip() for cell in cells):
                yield (names := checked_names(cells, separator))
        elif len(cells) != len(names):
            raise CsvError(f"{_ragged(line, cells, len(names), separator)}. {_mended(cells, len(names))}")
        else:
            yield cells


def rows(text: TextIO, separator: str = ",") -> Iterator[dict[str, str]]:
    """Yields each row by column name; arguments and errors as of `records`."""
    found = records(text, separator)
    named = [(position, name) for position, name in enumerate(next(found, ())) if name]
    for cells in found:
        yield {name: cells[position] for position, name in named}


def fault(file: IO[bytes], separator: str = ",") -> str | None:
    """Returns the first fault of a file in words, with its line; None if there is none.

    It reads value by value, for when something is known to be wrong.
    """
    if (position := first_byte_not_utf8(file)) is not None:
        return not_utf8(position)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        return _first_fault(text, separator)
    except CsvError as error:
        return str(error)
    finally:
        text.detach()


def _first_fault(text: TextIO, separator: str) -> str | None:
    """Of rows that are too short or too long, it says how many there are: one was cut off, all were badly exported."""
    names, first, count, advice = None, "", 0, ""
    for line, cells in _lines(text, separator):
        if names is None:
            names = checked_names(cells, separator) if any(cell.strip() for cell in cells) else None
        elif len(cells) != len(names):
            first, count = first or _ragged(line, cells, len(names), separator), count + 1
            advice = advice or _mended(cells, len(names))
    more = f" There are {count:,} such rows." if count > 1 else ""
    return f"{first}.{more} {advice}" if first else None


def _lines(text: TextIO, separator: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yields what is not blank, with the number of the line in which it ends."""
    csv.field_size_limit(sys.maxsize)  # Python's own limit is 131,072 characters
    last = ""

    def remembered(line: str) -> str:
        nonlocal last
        last = line
        return line

    reader, begins, names = csv.reader(map(remembered, text), strict=True, delimiter=separator), 1, True
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            behind_a_quote = _NEXT_NAME.search(last) if names else None
            words = behind_a_quote and behind_a_quote[1] != separator and _separated(behind_a_quote[1], separator)
            raise CsvError(words or _quote_words(error, begins, reader.line_num)) from None
        if cells is None:
            return
        begins = reader.line_num + 1
        if cells:
            names = names and not any(cell.strip() for cell in cells)
            yield reader.line_num, cells


def _quote_words(error: csv.Error, begins: int, line: int) -> str:
    """Says what csv.reader found wrong in the row that begins at one line, when it had read another."""
    if "expected after" in str(error):
        return f"line {line:,}: a quoted value goes on behind its closing quote; {QUOTES}"
    return f"line {begins:,}: a quote is opened and never closed; {QUOTES}. Was the file cut off while it was copied?"


def _ragged(line: int, cells: Sequence[str], expected: int, separator: str) -> str:
    shown = separator.join(cells)[:_SHOWN]
    values = "1 value" if len(cells) == 1 else f"{len(cells)} values"
    return f"line {line:,} has {values}, the header has {expected}: '{shown}'"


def _mended(cells: Sequence[str], expected: int) -> str:
    """What to do about a row of too few or too many values."""
    if len(cells) > expected:
        return 'If a value has a comma in it, put the value in quotes, as "1,234"; or else correct the row'
    return "Correct the row, or remove it. If it is the last one, was the file cut off while it was copied?"


def not_utf8(position: int) -> str:
    """Says that a file is not UTF-8."""
    return (
        f"is not UTF-8: byte {position:,} cannot be decoded. "
        "Convert it, and use NEW.csv, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW.csv"
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
