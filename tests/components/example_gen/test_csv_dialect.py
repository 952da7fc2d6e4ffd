"""CSV as spreadsheets of other countries and exports write it: separators, decimal commas, compression."""

from __future__ import annotations

import bz2
import gzip
import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.example_gen import input_check
from components.example_gen.column_rules import Rules, Use
from components.example_gen.column_types import ColumnType
from components.example_gen.csv_table import CsvTable
from turnstile import csv_dialect
from turnstile.columns import Want
from turnstile.csv_dialect import Dialect

PACK = {".gz": gzip.compress, ".bz2": bz2.compress, ".zst": lambda raw: pa.compress(raw, "zstd", asbytes=True)}
GERMAN = Dialect(";", ",")


def features(content, rules, name="t.csv", block_bytes=1 << 20):
    """Returns the values of each row, as a run writes them."""
    file = io.BytesIO(content)
    table = CsvTable.of(name, file, rules)
    blocks, known, found = list(table.blocks(name, file, block_bytes)), {}, []
    for block in blocks:
        known = table.kinds(file, block, known)
    for block in blocks:
        for rows in table.rows(file, block):
            found += table.features(rows, rules.resolved(known, text=True)).to_pylist()
    return found


@pytest.mark.parametrize("block_bytes", [4, 1 << 20])
@pytest.mark.parametrize("separator", [";", "\t", "|", " "])
def test_other_separators_and_decimal_commas(separator, block_bytes):
    content = 'x;n;"word"\r\n1,5;7;"a;b"\r\n-0,25;;3,5\r\n1e3;8;"say ""no"""\r\n'.replace(";", separator).encode()
    assert features(content, Rules(dialect=Dialect(separator, ",")), block_bytes=block_bytes) == [
        {"x": [1.5], "n": [7], "word": [f"a{separator}b".encode()]},
        {"x": [-0.25], "n": [], "word": [b"3,5"]},
        {"x": [1000.0], "n": [8], "word": [b'say "no"']},
    ]


def test_a_point_is_part_of_no_number_where_decimals_have_a_comma(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n1,5\n1.234\n1.234,5\n")
    (fault,) = input_check.look(
        [str(path)], Rules({"x": Use(Want.NUMBER, "features", "numeric")}, dialect=GERMAN)
    ).faults
    assert '2 values that are not numbers: "1.234", "1.234,5"' in fault


@pytest.mark.parametrize(
    ("content", "dialect", "words"),
    [
        ("a;b\n1;2\n", Dialect(), 'separator = ";", and decimal = ","'),
        (
            "a\tb\n1\t2\n",
            Dialect(),
            'has tabs between its columns; expected commas. Write under [data] of the config: separator = "\\t"',
        ),
        ('"a","b"\n1,2\n', GERMAN, "has commas between its columns; expected semicolons."),
        ("a;b\n1;2;3\n", GERMAN, "line 2 has 3 values, the header has 2: '1;2;3'"),
    ],
)
def test_another_separator_than_the_configs_is_told_with_the_line_to_write(tmp_path, content, dialect, words):
    path = tmp_path / "t.csv"
    path.write_text(content)
    (fault,) = input_check.look([str(path)], Rules(dialect=dialect)).faults
    assert words in fault


@pytest.mark.parametrize("ending", PACK)
def test_a_compressed_file_holds_the_same_rows(ending):
    content = b"x,word\n" + b"".join(b'%d,"row\n%d"\n' % (i, i % 7) for i in range(200_000))
    assert len(content) > 2 * (1 << 20)  # more than is parsed at a time
    rules = Rules()
    assert features(PACK[ending](content), rules, f"t.CSV{ending}") == features(content, rules)


def test_all_of_a_compressed_file_is_looked_at(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"x,y\n0.5,odd\n" + b"1,2\n" * 600_000))
    look = input_check.look([str(path)], Rules({"x": Use(), "y": Use(Want.NUMBER, "features", "numeric")}))
    assert len(look.faults) == 1 and '1 value that is not a number: "odd"' in look.faults[0]
    assert input_check.look([str(path)]).kinds == {"x": ColumnType.FLOAT, "y": ColumnType.BYTES}


def test_the_config_says_by_what_a_file_of_another_name_is_compressed():
    assert features(gzip.compress(b"x\n1\n"), Rules(dialect=Dialect(compression="gzip"))) == [{"x": [1]}]


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("damage", [lambda raw: raw[: len(raw) // 2], lambda raw: b"x\n1\n", lambda raw: b""])
def test_a_file_that_cannot_be_unpacked_is_refused_in_words(tmp_path, ending, damage):
    path = tmp_path / f"t.csv{ending}"
    path.write_bytes(damage(PACK[ending](b"x\n" + b"".join(b"%d\n" % (i * i) for i in range(100_000)))))
    (fault,) = input_check.look([str(path)]).faults
    assert fault.startswith(f"{path}: ")
    assert "cannot be unpacked" in fault or "is empty" in fault or "has no header" in fault


@given(st.binary(max_size=2000), st.lists(st.tuples(st.integers(0, 2100), st.integers(0, 300)), max_size=8))
def test_what_is_unpacked_is_read_as_a_file_is(content, reads):
    plain, packed = io.BytesIO(content), csv_dialect.unpacked(io.BytesIO(gzip.compress(content)), "gzip")
    for position, size in reads:
        for file in (plain, packed):
            file.seek(position)
        assert packed.read(size) == plain.read(size)


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.CSV", ".csv"), ("b.Parquet", ".parquet"), ("c.csv.GZ", ".csv.gz"), ("d.gz", ""), ("e.txt", "")],
)
def test_data_is_known_by_its_name_in_capital_and_small_letters(name, ending):
    assert csv_dialect.ending(name) == ending


@pytest.mark.parametrize("suffix", ["csv", "CSV.gz", "PARQUET"])
def test_rows_without_a_label_are_counted(tmp_path, suffix):
    rows = [("1", "9"), ("", "8"), ("3", ""), ("na", "7"), ("5", "6")]
    path = tmp_path / f"t.{suffix}"
    if suffix == "PARQUET":
        from pyarrow import parquet

        table = pa.table({name: [one[i] or None for one in rows] for i, name in enumerate(("tips", "fare"))})
        parquet.write_table(table, path)
    else:
        content = "tips,fare\n" + "".join(f"{tips},{fare}\n" for tips, fare in rows)
        path.write_bytes(gzip.compress(content.encode()) if suffix.endswith("gz") else content.encode())
    uses = {name: Use(Want.NUMBER, "label", "ratio_above") for name in ("tips", "fare")}
    look = input_check.look([str(path)], Rules(uses, words=("na",), labels=("tips", "fare")))
    assert (look.faults, look.without_label) == ([], 3)
    assert look.kinds == {"tips": ColumnType.INT, "fare": ColumnType.INT}


def test_data_without_any_label_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1,\n2,3\n")
    uses = {name: Use(Want.NUMBER, "label", "ratio_above") for name in ("x", "y")}
    rules = Rules(uses, null_values=("2", "3"), labels=("x", "y"))
    (fault,) = input_check.look([str(path)], rules).faults[:1]
    assert "no value in any row" in fault or "no row has a label" in fault
