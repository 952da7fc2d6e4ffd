"""A file of answers: in both formats, and there only when all of them are; what is there already is never spoilt."""

from __future__ import annotations

import csv
import json
import os
import threading

import pytest

from serving.rows.answer_file import AnswerFile
from turnstile.errors import UsageError

ROWS = [{"label": "ü, \n", "value": 0.5}, {"label": None, "value": 3}]


def write(out, rows=ROWS, form=None):
    with AnswerFile(str(out) if out else None, form) as add:
        for row in rows:
            add(row)


def as_json(text):
    return [json.loads(line) for line in text.splitlines()]


def as_csv(text):
    return list(csv.DictReader(text.splitlines(keepends=True)))


IN_CSV = [{"label": "ü, \n", "value": "0.5"}, {"label": "", "value": "3"}]


@pytest.mark.parametrize(
    ("name", "form", "read", "expected"),
    [
        ("a.jsonl", None, as_json, ROWS),
        ("a.csv", None, as_csv, IN_CSV),
        ("a.txt", None, as_json, ROWS),
        ("a.txt", "csv", as_csv, IN_CSV),
        ("a.csv", "jsonl", as_json, ROWS),
    ],
)
def test_the_format_is_that_of_the_option_or_else_of_the_ending(tmp_path, name, form, read, expected):
    write(tmp_path / name, form=form)
    assert read((tmp_path / name).read_bytes().decode()) == expected


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


@pytest.mark.parametrize("older", [b"older\n", None])
@pytest.mark.parametrize("error", [UsageError("row 2"), KeyboardInterrupt()])
def test_an_answer_that_fails_leaves_what_was_there(tmp_path, older, error):
    out = tmp_path / "a.jsonl"
    if older:
        out.write_bytes(older)
    with pytest.raises(type(error)), AnswerFile(str(out), None) as add:
        add(ROWS[0])
        raise error
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == ({"a.jsonl": older} if older else {})


def test_a_link_goes_on_leading_to_its_file(tmp_path):
    target, link = tmp_path / "answers" / "of_today.jsonl", tmp_path / "latest.jsonl"
    target.parent.mkdir()
    link.symlink_to(target)
    for rows in (ROWS[:1], ROWS):  # the first time, it leads nowhere
        write(link, rows)
        assert link.is_symlink()
        assert as_json(target.read_text()) == rows
    assert list(target.parent.iterdir()) == [target]


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
def test_answers_that_cannot_be_written_are_told(pipe, count):
    """Here the other end of a pipe is gone; a full disk is no other error."""
    reader = threading.Thread(target=lambda: pipe.open().close())
    reader.start()
    with (
        pytest.raises(UsageError, match=r"pipe: cannot be written \(Broken pipe\)"),
        AnswerFile(str(pipe), None) as add,
    ):
        reader.join()
        for row in ROWS * count:
            add(row)
