"""CSV and Parquet as Arrow's columns: the rows that serving/rows/reading.py reads, whole or in parts."""

from __future__ import annotations

import gzip
import random

import pyarrow as pa
import pytest
from pyarrow import parquet

from serving.rows.reading import open_rows
from serving.tables import files
from serving.tables.files import open_table
from turnstile.csv_dialect import Dialect
from turnstile.errors import UsageError


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(files, "BLOCK_BYTES", 200)


def written(folder, form, rows=100):
    """A file with quotes, line ends in values, blank lines and missing values."""
    rng = random.Random(1)
    values = ["", "?", "7", "0.5", "Bläu", 'a "b"', "a,b", "two\nlines"]
    table = {name: [rng.choice(values) for _ in range(rows)] for name in ("id", "x", "other")}
    path = folder / f"a.{form}"
    if form == "parquet":
        parquet.write_table(pa.table({**table, "id": list(range(rows))}), path, row_group_size=30)
        return path
    lines = [
        ",".join('"' + values[i].replace('"', '""') + '"' for values in table.values()) + "\r\n" * (1 + i % 2)
        for i in range(rows)
    ]
    content = ("\ufeffid, x ,other\n" + "".join(lines)).encode()
    path.write_bytes(gzip.compress(content) if form.endswith("gz") else content)
    return path


def as_read(path, missing=()):
    with open_rows(str(path), missing) as rows:
        return [(row["id"], row["x"]) for row in rows]


def read(table, part=None, rows=7):
    """The kept column and the input of each row; and how many rows came at a time."""
    found = list(table.tables(["x"], ["id"], part, rows))
    cells = [value for one in found for value in one.cells.column("x").to_pylist()]
    kept = [value for one in found for value in one.kept.column("id").to_pylist()]
    return list(zip(kept, cells, strict=True)), [one.cells.num_rows for one in found]


@pytest.mark.parametrize("missing", [(), ("?",)])
@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_the_rows_are_those_that_are_read_one_by_one(tmp_path, form, missing):
    path = written(tmp_path, form)
    found, sizes = read(open_table(str(path), missing))
    assert found == [(kept, x or (x if form == "parquet" else None)) for kept, x in as_read(path, missing)]
    assert (set(sizes[:-1]), sum(sizes)) == ({7}, 100)


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_the_parts_of_a_file_have_all_of_its_rows(tmp_path, form):
    path = written(tmp_path, form)
    table = open_table(str(path))
    parts = list(table.parts())
    assert (len(parts) > 3, sum(part.rows for part in parts)) == (True, 100)
    found = [read(table, part)[0] for part in parts]
    assert [len(rows) for rows in found] == [part.rows for part in parts]
    assert [row for rows in found for row in rows] == read(open_table(str(path)))[0]
    assert table.share() == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "has no header"),
        (b"id,x\n1,2\n1\n", "line 3 has 1 value, the header has 2"),
        (b"id,x,y\n1,2,caf\xe9\n", "is not UTF-8: byte 14"),  # in a column that nobody asks for
        (b'id,x\n1,"5" pipe"\n', "line 2: a quoted value goes on behind its closing quote"),
        (b"id,x,id\n", "names a column twice"),
    ],
)
def test_a_csv_file_that_breaks_a_rule_is_refused_by_name(tmp_path, content, words):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        list(open_table(str(tmp_path / "a.csv")).tables(["id"]))
    assert str(caught.value).startswith(f"{tmp_path}/a.csv: ")
    assert words in str(caught.value)


def test_what_is_no_parquet_file_is_refused(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"id,x\n")
    with pytest.raises(UsageError, match=r"a\.parquet: is not a Parquet file"):
        open_table(str(tmp_path / "a.parquet"))


def test_the_config_says_how_csv_is_written_and_nothing_of_parquet(tmp_path):
    (tmp_path / "a.csv").write_text("id;x\n1;2,5\n")
    csv = open_table(str(tmp_path / "a.csv"), (), Dialect(";", ","))
    assert (csv.decimal, read(csv)[0]) == (",", [("1", "2,5")])
    assert open_table(str(written(tmp_path, "parquet")), (), Dialect(";", ",")).decimal == "."
