"""`turnstile data split`: what is written, byte for byte, what is told of rows in no span, and what is refused."""

from __future__ import annotations

import datetime
import gzip
import json

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from components.example_gen import window
from components.example_gen.window import Window
from pipeline.commands.main import main

DAYS = ["2015-01-30", "2015-01-31", "2015-02-01", "2015-04-02"]
QUARTERS = {"2015-01-01": 3, "2015-04-01": 1}


def split(data, *options, by="when", every="quarter"):
    """Does the command; returns what it prints as JSON."""
    arguments = ["data", "split", str(data), "--by", by, "--every", every, *map(str, options), "--json"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refused(data, *options, by="when", every="quarter"):
    """Does the command, which must end with exit code 2; returns what it says."""
    done = CliRunner().invoke(main, ["data", "split", str(data), "--by", by, "--every", every, *map(str, options)])
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    return done.stderr


def rows(found):
    return {each["span"]: each["rows"] for each in found["spans"]}


def table(path, times, name="when"):
    path.write_text(f"{name},x\n" + "".join(f"{time},{number}\n" for number, time in enumerate(times)))
    return path


def since_1970(day, unit=1):
    return int(datetime.datetime.fromisoformat(day).replace(tzinfo=datetime.UTC).timestamp() * unit)


@pytest.mark.parametrize(
    "times",
    [
        DAYS,
        [f"{day} 23:59:59" for day in DAYS],
        [f"{day}T12:30:00.5Z" for day in DAYS],
        [since_1970(day) for day in DAYS],
        [f"{since_1970(day)}.0" for day in DAYS],  # as pandas writes integers where some are missing
        [since_1970(day, 10**3) for day in DAYS],
        [since_1970(day, 10**9) for day in DAYS],
        # In UTC, the last one is of March.
        ["2015-01-01T00:30:00+00:00", *DAYS[1:3], "2015-03-31T23:30:00-01:00"],
    ],
)
def test_a_column_of_times_is_read_as_elsewhere_whatever_its_form(tmp_path, times):
    assert rows(split(table(tmp_path / "trips.csv", times), "--out", tmp_path / "spans")) == QUARTERS


@pytest.mark.parametrize(
    ("times", "type_"),
    [
        ([datetime.date.fromisoformat(day) for day in DAYS], pa.date32()),
        ([datetime.datetime.fromisoformat(day) for day in DAYS], pa.timestamp("ns")),
        ([datetime.datetime.fromisoformat(f"{day}T18:30-05:00") for day in DAYS], pa.timestamp("ms", "UTC")),
        ([since_1970(day, 10**6) for day in DAYS], pa.int64()),
        ([float(since_1970(day)) for day in DAYS], pa.float64()),
        (DAYS, pa.string()),
        (DAYS, pa.dictionary(pa.int32(), pa.string())),
        (DAYS, pa.large_string()),
    ],
)
def test_parquet_keeps_its_types_and_its_rows(tmp_path, times, type_):
    whole = pa.table({"when": pa.array([*times, None], type_), "x": pa.array([[1], [2, 3], [], None, [5]])})
    parquet.write_table(whole, tmp_path / "trips.parquet", version="2.6")
    found = split(tmp_path / "trips.parquet", every="month")
    assert rows(found) == {"2015-01-01": 2, "2015-02-01": 1, "2015-04-01": 1}
    assert (found["rows_in_no_span"], found["missing"]) == (1, ["2015-03-01"])
    files = sorted((tmp_path / "trips-by-month").iterdir())
    assert [file.name for file in files] == ["2015-01-01.parquet", "2015-02-01.parquet", "2015-04-01.parquet"]
    assert pa.concat_tables([parquet.read_table(file) for file in files]).equals(whole.slice(0, 4))


def test_the_lines_of_a_csv_file_stay_as_they_are(tmp_path):
    header = b"\xef\xbb\xbfname , when,\r\n"
    lines = [
        b'"a ""quoted"" name,\r\nof two lines", 2015-01-30 ,1\r\n',
        b'5" pipe,2015-02-01,\r\n',
        b"\xc3\xa9t\xc3\xa9,2015-04-02,2\r\n",
        b'"",2015-01-31,"last, without an end"',
    ]
    (tmp_path / "trips.csv").write_bytes(header + lines[0] + b"\r\n" + b"".join(lines[1:]))
    split(tmp_path / "trips.csv", "--out", tmp_path / "spans")
    first, second = sorted((tmp_path / "spans").iterdir())
    assert first.read_bytes() == header + lines[0] + lines[1] + lines[3] + b"\r\n"
    assert second.read_bytes() == header + lines[2]


def test_a_number_of_rows_cuts_in_the_order_of_the_column_whatever_it_counts(tmp_path):
    found = split(table(tmp_path / "trips.csv", [30, 10, "", 20, 10, 40]), "--out", tmp_path / "spans", every="2")
    assert rows(found) == {"1": 2, "2": 2, "3": 1}
    assert found["data"] == {"path": f"{tmp_path}/spans/{{SPAN}}.csv", "window": 3}
    contents = [(tmp_path / "spans" / f"{span}.csv").read_text() for span in (1, 2, 3)]
    assert contents == ["when,x\n10,1\n10,4\n", "when,x\n30,0\n20,3\n", "when,x\n40,5\n"]


def test_what_is_printed_is_what_a_config_needs(tmp_path):
    found = split(table(tmp_path / "trips.csv", DAYS), "--out", tmp_path / "spans")
    data = found["data"]
    assert data == {"path": f"{tmp_path}/spans/{{YYYY}}-{{MM}}-{{DD}}.csv", "every": "quarter", "window": 2}
    taken = window.select(data["path"], None, Window(data["window"], "newest", data["every"]))
    assert [(str(each.span), each.fault) for each in taken] == [("2015-01-01", None), ("2015-04-01", None)]


def test_rows_without_a_time_are_told_and_a_period_without_rows_is(tmp_path):
    data = table(tmp_path / "trips.csv", ["2015-01-01", "", "NA", "2015-10-01"])
    done = CliRunner().invoke(main, ["data", "split", str(data), "--by", "when", "--every", "quarter"])
    assert "2 rows have no value in the column, and are in no span; the first is row 2." in done.stdout
    assert "No row is of the quarter that begins on 2015-04-01, 2015-07-01" in done.stdout
    assert 'path = "' in done.stdout


def test_a_folder_of_files_some_of_them_packed_is_one_table(tmp_path):
    folder = tmp_path / "trips"
    folder.mkdir()
    (folder / "1.csv.gz").write_bytes(gzip.compress(b"when;x\n2015-01-30;1,5\n2015-04-02;2,5"))
    (folder / "2.csv.gz").write_bytes(gzip.compress(b"when;x\n2015-01-31;3,5\n"))
    assert rows(split(folder)) == {"2015-01-01": 2, "2015-04-01": 1}
    assert (tmp_path / "trips-by-quarter" / "2015-01-01.csv").read_text() == "when;x\n2015-01-30;1,5\n2015-01-31;3,5\n"


def test_a_config_says_what_cannot_be_told_from_the_files(tmp_path):
    data = table(tmp_path / "trips.csv", [16465, "?", 16466, 16527])  # days since 1970
    assert "Name another column with --by; or give a config" in refused(table(tmp_path / "days.csv", [16465, 16466]))
    assert "row 2 holds '?'; expected a number" in refused(data)
    config = tmp_path / "trips.toml"
    config.write_text(
        f'name = "trips"\n[data]\npath = "{data}"\nnull_values = ["?"]\n[label]\nkind = "regression"\ncolumn = "x"\n'
        '[features]\nwhen = { kind = "time", unit = "day" }\n[release.overall]\nr_squared = { min = 0.5 }\n'
    )
    found = split(data, "--config", config)
    assert (rows(found), found["rows_in_no_span"]) == (QUARTERS | {"2015-01-01": 2}, 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("when,x\n2015-01-01,1\nyesterday,2\n", "row 2 holds 'yesterday'; expected a date or a time as ISO 8601"),
        ("when,x\n2015-01-01,1\n1420070400,2\n", "row 2 holds '1420070400'; expected a date or a time"),
        ("when,x\n2015-01-01,1\n2015-01-02\n", "line 3 has 1 value, the header has 2"),
        ('when,x\n2015-01-01,"1\n', "a quote is opened and never closed"),
        ("when,x\n2015-01-01,\xe9\n", "is not UTF-8"),
        ("when,x\n,1\n", "column 'when': is empty in every row"),
        ("when,x\n", "column 'when': is empty in every row"),
        ("day,x\n2015-01-01,1\n", "has no column 'when' (--by). It has: day, x"),
        ("", "has no header"),
    ],
)
def test_what_cannot_be_cut_is_refused_in_words_and_leaves_nothing(tmp_path, content, words):
    (tmp_path / "trips.csv").write_bytes(content.encode("latin-1"))
    assert words in refused(tmp_path / "trips.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["trips.csv"]


def test_a_folder_with_anything_in_it_is_never_written_to(tmp_path):
    data, out = table(tmp_path / "trips.csv", DAYS), tmp_path / "spans"
    (out / "mine").mkdir(parents=True)
    assert "is there, and is no empty folder" in refused(data, "--out", out)
    assert [path.name for path in out.iterdir()] == ["mine"]
    (out / "mine").rmdir()
    (tmp_path / ".spans.new").mkdir()  # left by a kill
    (tmp_path / ".spans.new" / "half.csv").write_text("when,")
    assert rows(split(data, "--out", out)) == QUARTERS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spans", "trips.csv"]
    assert len(list(out.iterdir())) == 2


@pytest.mark.parametrize("every", ["week", "0", "-1", "1.5", ""])
def test_a_length_that_is_none_is_refused(tmp_path, every):
    assert "expected quarter, month, day, or a number of rows" in refused(
        table(tmp_path / "trips.csv", DAYS), every=every
    )


def test_more_spans_than_can_be_meant_are_refused_and_many_are_written(tmp_path):
    data = table(tmp_path / "trips.csv", range(10_001))
    assert "makes 10,001 spans" in refused(data, every="1")
    found = split(data, every="50")  # more than are open at a time
    assert set(rows(found).values()) == {50, 1}
    assert len(found["spans"]) == 201
    assert refused(tmp_path / "trips-by-50" / "{SPAN}.csv").startswith(
        f"turnstile: {tmp_path}/trips-by-50/{{SPAN}}.csv"
    )


def test_files_of_different_columns_are_no_table(tmp_path):
    for kind, write in (("csv", lambda path, name: table(path, DAYS, name)), ("parquet", _parquet)):
        folder = tmp_path / kind
        folder.mkdir()
        for number, name in enumerate(["when", "then"]):
            write(folder / f"{number}.{kind}", name)
        assert f"{folder}/1.{kind}: its" in refused(folder)
    assert "no such file" in refused(tmp_path / "nowhere.csv")


def _parquet(path, name):
    parquet.write_table(pa.table({name: DAYS}), path)
