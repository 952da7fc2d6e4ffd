"""Rows of requests: read from CSV or JSON lines, turned into arrays, and refused by row and column."""

import gzip
import io
import json
from decimal import Decimal

import numpy as np
import pandas
import pyarrow
import pytest
from pyarrow import parquet

from serving.model.dtypes import BFLOAT16, NUMPY
from serving.rows.reading import open_rows, to_arrays, to_rows, to_values
from turnstile.csv_dialect import Dialect
from turnstile.errors import UsageError

LEAST = np.iinfo(np.int64).min


def read(path):
    with open_rows(str(path)) as rows:
        return list(rows)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "fare,company\n5,Blue\n,\n", [{"fare": "5", "company": "Blue"}, {"fare": "", "company": ""}]),
        ("a.csv", 'fare,company\n5,"Blue,\nInc"\n', [{"fare": "5", "company": "Blue,\nInc"}]),
        pytest.param("a.csv", "\ufefffare\n5\n", [{"fare": "5"}], id="byte order mark"),
        ("a.csv", "", []),
        pytest.param("a.csv", "fare,,\n5,6,\n", [{"fare": "5"}], id="columns without a name"),
        pytest.param("a.csv", "\n fare , company\r5,Blue\r", [{"fare": "5", "company": "Blue"}], id="spreadsheet"),
        pytest.param("a.csv", f"company\n{'x' * 200_000}\n", [{"company": "x" * 200_000}], id="long value"),
        ("a.jsonl", '{"fare": 5}\n\n{"fare": null}\n', [{"fare": 5}, {"fare": None}]),
        ("a.json", '{"company": "Bläu"}', [{"company": "Bläu"}]),
    ],
)
def test_rows_of_a_file(tmp_path, name, content, expected):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read(tmp_path / name) == expected


@pytest.mark.parametrize("name", ["a.csv", "a.CSV.gz"])
def test_rows_of_a_file_as_the_config_describes_it(tmp_path, name):
    content = b'fare;company\n1.234;"5,5"\n-0,5;Blue\n'
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    with open_rows(str(tmp_path / name), dialect=Dialect(";", ",")) as rows:
        first, second = rows
    assert (first, second) == ({"fare": "1.234", "company": "5,5"}, {"fare": "-0,5", "company": "Blue"})
    assert to_values(second, {"fare": "float", "company": "string"}, 2, ",") == [-0.5, b"Blue"]
    assert to_values(first, {"company": "string"}, 1, ",") == [b"5,5"]
    with pytest.raises(UsageError, match=r"row 1, column 'fare': expected a number, got '1\.234'"):
        to_values(first, {"fare": "float"}, 1, ",")


def test_a_parquet_file_that_names_a_column_twice_is_refused(tmp_path):
    table = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], ["fare", "fare"])
    parquet.write_table(table, tmp_path / "a.PARQUET")
    with pytest.raises(UsageError, match=r"a\.PARQUET: names a column twice: fare\. Rename or drop one of the two"):
        read(tmp_path / "a.PARQUET")


def test_rows_of_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"fare": 5}\n'))
    with open_rows("-") as rows:
        assert (list(rows), rows.share()) == ([{"fare": 5}], None)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"", [".csv, .jsonl", "'.txt'"]),
        ("a.jsonl", b'{"fare": 5}\n{"fare":\n', ["line 2", "not JSON"]),
        ("a.jsonl", b"\n[1]\n", ["line 2", "JSON object", "[1]"]),
        ("a.jsonl", b'{"company": "caf\xe9"}\n', ["UTF-8", "byte 16", "a.jsonl > NEW"]),
        ("a.csv", b"company\ncaf\xe9\n", ["UTF-8", "byte 11"]),
        ("a.csv", b"caf\xe9\n", ["UTF-8"]),
        ("a.csv", "fare\n5\n".encode("utf-16"), ["UTF-16", "iconv"]),
        ("a.csv", b"\x1f\x8b\x08", ["is compressed by gzip", 'compression = "gzip"']),
        ("a.csv", b"fare,company,fare\n1,Blue,2\n", ["names a column twice", "fare"]),
        ("a.csv", b"fare,company\n1,Blue\n2,Red,3\n", ["line 3 has 3 values, the header has 2: '2,Red,3'"]),
        ("a.csv", b'fare,company\n1,"Blue\nGreen"\n2\n', ["line 4 has 1 value"]),
        ("a.csv", b'fare,company\n1,"5\\" pipe"\n', ["line 2: a quoted value goes on"]),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_what_the_config_lists_is_missing_in_every_column(tmp_path, name):
    table = pandas.DataFrame({"fare": ["5", "?"], "company": ["?", "Blue?"]})
    if name == "a.csv":
        table.to_csv(tmp_path / name, index=False)
    elif name == "a.jsonl":
        table.to_json(tmp_path / name, orient="records", lines=True)
    else:
        table.to_parquet(tmp_path / name)
    with open_rows(str(tmp_path / name), missing=["?"]) as rows:
        assert list(rows) == [{"fare": "5", "company": None}, {"fare": None, "company": "Blue?"}]


def test_an_absent_file_is_refused():
    with pytest.raises(UsageError, match=r"nope\.csv: no such file"):
        read("nope.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_how_far_a_file_has_been_read(tmp_path, name):
    table = pandas.DataFrame({"i": range(5000)})
    if name == "a.csv":
        table.to_csv(tmp_path / name)
    elif name == "a.jsonl":
        table.to_json(tmp_path / name, orient="records", lines=True)
    else:
        table.to_parquet(tmp_path / name)
    with open_rows(str(tmp_path / name)) as rows:
        shares = [rows.share() for _ in rows]
    assert shares == sorted(shares)
    assert (len(shares), shares[-1]) == (5000, 1)
    assert 0.3 < shares[2500] < 0.7


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("string", "Bläu", "Bläu".encode()),
        ("string", None, b""),
        ("int64", 7, 7),
        ("int64", "7", 7),
        ("int64", 7.0, 7),
        ("int64", "-12", -12),
        ("int64", "", LEAST),
        ("int64", None, LEAST),
        ("int64", 2**53 + 1, 2**53 + 1),
        ("int64", str(2**53 + 1), 2**53 + 1),
        ("int64", 2**63 - 1, 2**63 - 1),
        ("float", 0.5, 0.5),
        ("float", "0.5", 0.5),
        ("float", 3, 3.0),
        ("float", "", np.nan),
        ("float", "nan", np.nan),
        ("float", "NA", np.nan),
        ("float", " ", np.nan),
        ("float", "-", np.nan),
        ("float", True, 1.0),
        ("float", Decimal("1.50"), 1.5),
        ("int64", "N/A", LEAST),
        ("int64", float("nan"), LEAST),
        ("int64", False, 0),
        ("string", "NA", b"NA"),
        ("string", True, b"true"),
        ("string", 7, b"7"),
    ],
)
def test_a_value_becomes_an_array_of_its_dtype(dtype, value, expected):
    array = to_arrays([{"x": value}], {"x": dtype}, first_row=1)["x"]
    assert array.shape == (1,)
    assert array.dtype == {"string": object, "int64": np.int64, "float": np.float32}[dtype]
    np.testing.assert_array_equal(array, np.array([expected], array.dtype))


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("string", 5.5, "text"),
        ("string", ["Blue"], "text"),
        ("int64", "seven", "a whole number"),
        ("int64", 7.5, "a whole number"),
        ("int64", [7], "a whole number"),
        ("int64", json.loads("Infinity"), "a whole number"),
        ("int64", 2**63, "a whole number"),
        ("float", "much", "a number"),
        ("float", {"a": 1}, "a number"),
        pytest.param("float", 10**400, "a number", id="float-10**400"),
    ],
)
def test_a_value_of_the_wrong_type_is_told_with_its_row_and_column(dtype, value, expected):
    with pytest.raises(UsageError) as caught:
        to_arrays([{"x": None}, {"x": value}], {"x": dtype}, first_row=41)
    assert str(caught.value).startswith(f"row 42, column 'x': expected {expected}")


def test_absent_columns_are_missing_and_others_left_out():
    arrays = to_arrays([{"a": 1, "other": 2}, {}], {"a": "int64", "b": "string"}, first_row=1)
    assert {name: array.tolist() for name, array in arrays.items()} == {"a": [1, LEAST], "b": [b"", b""]}


def test_arrays_become_rows_again_with_none_for_what_is_missing():
    dtypes = {"company": "string", "hour": "int64", "fare": "float"}
    rows = [{"company": "Bläu", "hour": 7, "fare": 0.5}, {"company": None, "hour": None, "fare": None}]
    assert to_rows(to_arrays(rows, dtypes, first_row=1)) == rows


def test_an_answer_with_several_values_a_row():
    answers = {"classes": np.array([[b"a", b"b"], [b"c", b"\xff"]], object), "scores": np.eye(2)}
    assert to_rows(answers) == [
        {"classes": ["a", "b"], "scores": [1.0, 0.0]},
        {"classes": ["c", {"b64": "/w=="}], "scores": [0.0, 1.0]},
    ]


def test_numbers_that_json_has_not_are_written_as_some_that_it_has():
    answers = {
        "short": np.array([1.5, np.nan]).astype(NUMPY[BFLOAT16]),
        "wave": np.array([1 + 2j, -1j], np.complex64),
    }
    assert to_rows(answers) == [{"short": 1.5, "wave": [1.0, 2.0]}, {"short": None, "wave": [0.0, -1.0]}]
