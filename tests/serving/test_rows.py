"""Rows of requests: read from CSV or JSON lines, turned into arrays, and refused by row and column."""

import io
import json

import numpy as np
import pytest

from pipeline.errors import UsageError
from serving.rows import batches, open_rows, to_arrays

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
        ("a.jsonl", '{"fare": 5}\n\n{"fare": null}\n', [{"fare": 5}, {"fare": None}]),
        ("a.json", '{"company": "Bläu"}', [{"company": "Bläu"}]),
    ],
)
def test_rows_of_a_file(tmp_path, name, content, expected):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read(tmp_path / name) == expected


def test_rows_of_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"fare": 5}\n'))
    assert read("-") == [{"fare": 5}]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"", [".csv, .jsonl", "'.txt'"]),
        ("a.jsonl", b'{"fare": 5}\n{"fare":\n', ["line 2", "not JSON"]),
        ("a.jsonl", b"\n[1]\n", ["line 2", "JSON object", "[1]"]),
        ("a.jsonl", b'{"company": "caf\xe9"}\n', ["UTF-8"]),
        ("a.csv", b"company\ncaf\xe9\n", ["UTF-8"]),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert [word for word in words if word not in str(caught.value)] == []


def test_an_absent_file_is_refused():
    with pytest.raises(UsageError, match=r"nope\.csv: no such file"):
        read("nope.csv")


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (3, [3]), (4, [3, 1]), (6, [3, 3])])
def test_batches(count, sizes):
    rows = [{"i": i} for i in range(count)]
    found = list(batches(rows, 3))
    assert [len(batch) for batch in found] == sizes
    assert [row for batch in found for row in batch] == rows


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("string", "Blue", "Blue"),
        ("string", None, ""),
        ("int64", 7, 7),
        ("int64", "7", 7),
        ("int64", 7.0, 7),
        ("int64", "-12", -12),
        ("int64", "", LEAST),
        ("int64", None, LEAST),
        ("int64", 2**53 + 1, 2**53 + 1),
        ("int64", str(2**53 + 1), 2**53 + 1),
        ("int64", 2**63 - 1, 2**63 - 1),
        ("float32", 0.5, 0.5),
        ("float32", "0.5", 0.5),
        ("float32", 3, 3.0),
        ("float32", "", np.nan),
        ("float32", "nan", np.nan),
    ],
)
def test_a_value_becomes_an_array_of_its_dtype(dtype, value, expected):
    array = to_arrays([{"x": value}], {"x": dtype}, first_row=1)["x"]
    assert array.shape == (1,)
    assert array.dtype == (object if dtype == "string" else dtype)
    np.testing.assert_array_equal(array, np.array([expected], array.dtype))


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("string", 5, "text"),
        ("string", ["Blue"], "text"),
        ("int64", "seven", "a whole number"),
        ("int64", 7.5, "a whole number"),
        ("int64", True, "a whole number"),
        ("int64", [7], "a whole number"),
        ("int64", json.loads("Infinity"), "a whole number"),
        ("int64", 2**63, "a whole number"),
        ("float32", "much", "a number"),
        ("float32", False, "a number"),
        ("float32", {"a": 1}, "a number"),
        pytest.param("float32", 10**400, "a number", id="float32-10**400"),
    ],
)
def test_a_value_of_the_wrong_type_is_told_with_its_row_and_column(dtype, value, expected):
    with pytest.raises(UsageError) as caught:
        to_arrays([{"x": None}, {"x": value}], {"x": dtype}, first_row=41)
    assert str(caught.value).startswith(f"row 42, column 'x': expected {expected}")


def test_absent_columns_are_missing_and_others_left_out():
    arrays = to_arrays([{"a": 1, "other": 2}, {}], {"a": "int64", "b": "string"}, first_row=1)
    assert {name: array.tolist() for name, array in arrays.items()} == {"a": [1, LEAST], "b": ["", ""]}
