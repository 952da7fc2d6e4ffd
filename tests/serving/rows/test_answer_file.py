"""A file of answers: in every format, and there only when all of them are; what is there already is never spoilt."""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import json
import math
import os
import threading

import pytest
from pyarrow import parquet

from serving.rows.answer_file import AnswerFile
from turnstile.errors import UsageError

ROWS = [{"label": "ü, \n", "value": 0.5}, {"label": None, "value": 3}]


def write(out, rows=ROWS, form=None, **options):
    with AnswerFile(str(out) if out else None, form, **options) as add:
        for row in rows:
            add(row)


def as_json(text):
    return [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]


def as_csv(text):
    text = text if isinstance(text, str) else text.decode()
    return list(csv.DictReader(text.splitlines(keepends=True)))


def as_parquet(content):
    return parquet.read_table(io.BytesIO(content)).to_pylist()


IN_CSV = [{"label": "ü, \n", "value": "0.5"}, {"label": "", "value": "3"}]


@pytest.mark.parametrize(
    ("name", "form", "read", "expected"),
    [
        ("a.jsonl", None, as_json, ROWS),
        ("a.csv", None, as_csv, IN_CSV),
        ("a.txt", None, as_json, ROWS),
        ("a.txt", "csv", as_csv, IN_CSV),
        ("a.csv", "jsonl", as_json, ROWS),
        ("a.parquet", None, as_parquet, ROWS),
        ("a.txt", "parquet", as_parquet, ROWS),
        ("a.parquet", "csv", as_csv, IN_CSV),
    ],
)
def test_the_format_is_that_of_the_option_or_else_of_the_ending(tmp_path, name, form, read, expected):
    write(tmp_path / name, form=form)
    assert read((tmp_path / name).read_bytes()) == expected


@pytest.mark.parametrize(("form", "read", "expected"), [(None, as_json, ROWS), ("csv", as_csv, IN_CSV)])
def test_standard_output_gets_each_answer_at_once(capsys, form, read, expected):
    with AnswerFile(None, form) as add:
        add(ROWS[0])
        assert read(capsys.readouterr().out) == expected[:1]


def test_no_rows_are_an_empty_file(tmp_path):
    write(tmp_path / "a.csv", [])
    assert (tmp_path / "a.csv").read_bytes() == b""


@pytest.mark.parametrize("older", [b"older\n", None])
def test_nothing_is_seen_before_all_of_it_is_there(tmp_path, older):
    out = tmp_path / "a.jsonl"
    if older:
        out.write_bytes(older)
    with AnswerFile(str(out), None) as add:
        add(ROWS[0])
        assert (out.read_bytes() if out.exists() else None) == older
    assert as_json(out.read_text()) == ROWS[:1]
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
@pytest.mark.parametrize("older", [b"older\n", None])
@pytest.mark.parametrize("error", [UsageError("row 2"), KeyboardInterrupt()])
def test_an_answer_that_fails_leaves_what_was_there(tmp_path, name, older, error):
    out = tmp_path / name
    if older:
        out.write_bytes(older)
    with pytest.raises(type(error)), AnswerFile(str(out), None) as add:
        add(ROWS[0])
        raise error
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == ({name: older} if older else {})


def test_a_link_goes_on_leading_to_its_file(tmp_path):
    target, link = tmp_path / "answers" / "of_today.jsonl", tmp_path / "latest.jsonl"
    target.parent.mkdir()
    link.symlink_to(target)
    for rows in (ROWS[:1], ROWS):  # the first time, it leads nowhere
        write(link, rows)
        assert link.is_symlink()
        assert as_json(target.read_text()) == rows
    assert list(target.parent.iterdir()) == [target]


# What a format has no word for.

INFINITE = [{"value": 0.5, "scores": [1.0, math.inf]}, {"value": -math.inf, "scores": [math.nan, math.inf]}]


def test_json_has_null_for_what_is_not_finite_and_that_is_told(tmp_path):
    told = []
    write(tmp_path / "a.jsonl", INFINITE, tell=told.append)
    nothing = [{"value": 0.5, "scores": [1.0, None]}, {"value": None, "scores": [None, None]}]
    assert as_json((tmp_path / "a.jsonl").read_text()) == nothing
    assert told == [
        "JSON has no infinite numbers, so null was written for them: 2 in 'scores', 1 in 'value'. "
        "CSV and Parquet keep them"
    ]
    write(tmp_path / "b.jsonl", [{"value": math.nan}], tell=pytest.fail)  # which is how "missing" is spelt


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_csv_and_parquet_keep_infinite_numbers(tmp_path, name):
    write(tmp_path / name, INFINITE, tell=pytest.fail)
    if name == "a.csv":
        assert (tmp_path / name).read_text().splitlines() == [
            "value,scores",
            '0.5,"[1.0, null]"',  # a list in a cell is JSON
            '-inf,"[null, null]"',
        ]
    else:
        assert [row["value"] for row in as_parquet((tmp_path / name).read_bytes())] == [0.5, -math.inf]


def test_what_a_parquet_input_holds_is_text_in_json_and_csv(tmp_path):
    row = {
        "at": datetime.datetime(2026, 11, 28, 7, 5),
        "paid": decimal.Decimal("12.50"),
        "name": "ü".encode(),
        "raw": b"\xff",
        "parts": {"day": datetime.date(2026, 1, 2)},
    }
    write(tmp_path / "a.jsonl", [row])
    write(tmp_path / "a.csv", [row])
    plain = {"at": "2026-11-28T07:05:00", "paid": "12.50", "name": "ü"}
    nested = {"raw": {"b64": "/w=="}, "parts": {"day": "2026-01-02"}}
    assert as_json((tmp_path / "a.jsonl").read_text()) == [plain | nested]
    (found,) = as_csv((tmp_path / "a.csv").read_text())
    assert found == plain | {name: json.dumps(value) for name, value in nested.items()}


def test_csv_has_the_columns_it_is_told_of_whatever_a_row_has(tmp_path):
    """As when the two arms of a test have different outputs."""
    write(tmp_path / "a.csv", [{"a": 1, "c": 3}, {"a": 1, "b": 2}], types={"a": None, "b": None, "c": None})
    assert (tmp_path / "a.csv").read_text() == "a,b,c\n1,,3\n1,2,\n"


def test_parquet_needs_a_file():
    with pytest.raises(UsageError, match=r"not written to standard output. Give a file: --out answers\.parquet"):
        AnswerFile(None, "parquet")


@pytest.fixture
def pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_a_pipe_is_written_and_stays_one(pipe):
    """As /dev/null must, and other devices."""
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write(pipe)
    reader.join()
    assert as_json(read[0]) == ROWS
    assert pipe.is_fifo()
    assert list(pipe.parent.iterdir()) == [pipe]


@pytest.mark.parametrize(("name", "reason"), [("absent/a.csv", "No such file or directory"), (".", "Is a directory")])
def test_what_cannot_be_opened_is_told_before_any_answer(tmp_path, name, reason):
    out = tmp_path / name
    with pytest.raises(UsageError) as caught, AnswerFile(str(out), None):
        pytest.fail("opened")
    assert str(caught.value) == f"{out}: cannot be written ({reason})"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [1, 10_000], ids=["when it is closed", "on the way"])
def test_answers_that_cannot_be_written_are_told(count):
    """Linux has a device that is a full disk. The other end of a pipe that is gone is no other error."""
    with (
        pytest.raises(UsageError, match=r"/dev/full: cannot be written \(No space left on device\)"),
        AnswerFile("/dev/full", None) as add,
    ):
        for row in ROWS * count:
            add(row)
