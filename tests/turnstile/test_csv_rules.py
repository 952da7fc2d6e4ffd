"""What a CSV file is: by bytes, as ExampleGen reads it, and by values, as `turnstile predict` does, it is the same."""

from __future__ import annotations

import io
import random

import pytest

from turnstile import csv_bytes, csv_rules
from turnstile.csv_rules import CsvError

BOM = "\ufeff"


def by_value(content):
    return list(csv_rules.records(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")))


def names(content):
    return csv_bytes.header(io.BytesIO(content.encode()))[0]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b", ("a", "b")),
        (f"{BOM}a,b\n", ("a", "b")),
        (f'{BOM}"a",b\n', ("a", "b")),
        (" a , b \r\n", ("a", "b")),
        ("a\t,\u00a0b\n", ("a", "b")),
        ('"a","b ""c"""\n', ("a", 'b "c"')),
        ('"a\nb",c\n', ("a\nb", "c")),
        ("a,b\r1,2\r", ("a", "b")),
        ("\n\r\n \n,\n,,\na,b\n", ("a", "b")),
        ("a,,b,\n", ("a", "", "b", "")),
        (f"{'x' * 10_000},{'y' * 10_000}\n1,2\n", ("x" * 10_000, "y" * 10_000)),
        (f'"{"x" * 10_000}",b\n1,2\n', ("x" * 10_000, "b")),
    ],
)
def test_the_names_of_the_columns(content, expected):
    assert names(content) == expected == by_value(content.encode())[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b,a\n1,2,3\n", ["twice", ": a.", "Rename"]),
        ("a, a\n1,2\n", ["twice", ": a."]),
        ("a;b\n1,5;2\n", ["semicolons", "expected commas"]),
        ('\n"a"\t"b"\n"1,5"\t"2"\n', ["tabs", "expected commas"]),
        ('"a"x,b\n1;2\n', ["line 1", "behind its closing quote"]),
        ("a\tb\n1\t2\n", ["tabs"]),
        (b"caf\xe9,b\n1,2\n", ["is not UTF-8: byte 3", "iconv"]),
        (b"a,b\n1,caf\xe9\n", ["is not UTF-8: byte 9", "iconv"]),
        (b"a,b\n1,\xe2\x82", ["is not UTF-8: byte 6"]),
        ("a,b\n1,2".encode("utf-16"), ["is UTF-16", "iconv -f UTF-16 "]),
        ("a,b\n1,2".encode("utf-16-be"), ["is UTF-16", "iconv -f UTF-16BE "]),
        ("a,b\n1,2".encode("utf-16-le"), ["is UTF-16", "iconv -f UTF-16LE "]),
        (b"\x1f\x8b\x08\x00", ['[data]: compression = "gzip"']),
        (b"PK\x03\x04", ["Excel"]),
        (b"PAR1", [".parquet"]),
        ("", ["has no header"]),
        ("\n\n", ["has no header"]),
        ("a,b\n1,2\n3", ["line 3 has 1 value, the header has 2", "cut off"]),
        (
            "a,b\n\n1,2,3\n4,5\n6,7,8\n",
            ["line 3 has 3 values, the header has 2", "There are 2 such", "'1,2,3'", 'quotes, as "1,234"'],
        ),
        ('a,b\n"x\ny",2\n3\n', ["line 4 has 1 value"]),
        ('a,b\n1,2\n1,"x\n3,4\n', ["line 3: a quote is opened and never closed", "cut off"]),
        ('a,b\n1,"5\\" pipe"\n', ["line 2: a quoted value goes on behind its closing quote", "doubled"]),
        ('a,b\n1,"5" pipe"\n', ["line 2: a quoted value goes on"]),
        ('a,b\n1,"5" \n', ["line 2: a quoted value goes on"]),
        ('a,"b\n1,2\n', ["a quote is opened"]),
        ('"a" b,c\n1,2\n', ["line 1: a quoted value goes on"]),
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 7, 1 << 20])
def test_what_is_no_table_is_refused_in_words(content, words, block_bytes):
    content = content if isinstance(content, bytes) else content.encode()
    with pytest.raises(CsvError) as error:
        by_byte(content, block_bytes)
    assert [word for word in words if word not in str(error.value)] == []


def by_byte(content, block_bytes):
    """Cuts a file as ExampleGen does, and reads each block by itself."""
    file = io.BytesIO(content)
    found, start = csv_bytes.header(file)
    records = [found]
    for end in csv_bytes.ends(file, start, block_bytes):
        block = content[start:end]
        if csv_bytes.well_formed(block) < len(block):
            raise CsvError(csv_rules.fault(file))
        try:
            text = io.StringIO(block.decode(), newline="")
        except UnicodeDecodeError as error:
            raise CsvError(csv_rules.fault(file)) from error
        records += [cells for _, cells in csv_rules._lines(text)]
        start = end
    assert start == len(content)
    if any(len(cells) != len(found) for cells in records):
        raise CsvError(csv_rules.fault(file))
    return records


CELLS = [
    "",
    "1",
    "x y",
    " ",
    '5" pipe',
    'a"b"',
    "é😀",
    '"quoted"',
    '"a,b"',
    '"two\nlines"',
    '"\r\n"',
    '""',
    '"x ""y"""',
    "\\",
]


def test_both_ways_to_read_a_file_give_the_same_rows():
    rng = random.Random(0)
    for _ in range(300):
        width, line_end = rng.randint(1, 3), rng.choice(["\n", "\r\n", "\r"])
        lines = [",".join(f"c{i}" for i in range(width))]
        lines += [",".join(rng.choice(CELLS) for _ in range(width)) for _ in range(rng.randint(0, 8))]
        content = (rng.choice(["", BOM]) + line_end.join(lines) + rng.choice(["", line_end])).encode()
        expected = by_value(content)
        for block_bytes in (1, 5, 16, 1 << 20):
            assert by_byte(content, block_bytes) == expected
        assert csv_rules.fault(io.BytesIO(content)) is None


@pytest.mark.parametrize("garbage", ['"', '",', 'x"', '\\"', '"x"y', "\n", ",", "\r"])
def test_both_ways_refuse_the_same_files(garbage):
    rng = random.Random(garbage)
    for _ in range(100):
        content = "a,b\n" + "".join(rng.choice(['1,"x ""y"""\n', '"a\nb",\n', "5,6\r\n"]) for _ in range(4))
        place = rng.randint(4, len(content))
        content = (content[:place] + garbage + content[place:]).encode()
        try:
            expected = by_value(content)
        except CsvError as error:
            assert csv_rules.fault(io.BytesIO(content)).startswith(str(error))
            for block_bytes in (1, 9, 1 << 20):
                with pytest.raises(CsvError):
                    by_byte(content, block_bytes)
        else:
            assert [by_byte(content, n) for n in (1, 9, 1 << 20)] == [expected] * 3


def test_values_of_any_length_are_read():
    long = "x" * 200_000
    assert by_value(f'a\n{long}\n"{long}"\n'.encode())[1:] == [[long], [long]]


@pytest.mark.parametrize("block", range(1, 12))
@pytest.mark.parametrize("content", [b"a,b\n1,\xe2\x82x\n", b"a,b\n1,\xff\n", b"a,b\n1,\xf0\x9f\x98", "€,😀ä".encode()])
def test_the_place_of_a_bad_byte_does_not_depend_on_the_blocks(monkeypatch, block, content):
    monkeypatch.setattr(csv_rules, "_BLOCK_BYTES", block)
    expected = 6 if content.startswith(b"a") else None
    assert csv_rules.first_byte_not_utf8(io.BytesIO(content)) == expected


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(csv_bytes, "_LONGEST_RECORD", 1000)
    content = b'a,b\n1,"x\n' + b"3,4\n" * 1000
    with pytest.raises(CsvError, match="line 2: a quote is opened and never closed"):
        list(csv_bytes.ends(io.BytesIO(content), 4, 100))
