"""The request log: a JSON object a line with every key; what is damaged is told and harms no other line."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from serving.rows import request_log
from serving.rows.request_log import Logged, Writer
from turnstile.errors import UsageError

KEYS = ["time", "model", "version", "label", "arm", "key", "inputs", "outputs", "error"]


def row(**others):
    given = {"version": 7, "label": None, "inputs": {"fare": 5.5, "company": None}, "outputs": {"label": 1}} | others
    return Logged(time=request_log.now(), model="taxi", **given)


def write(path, *rows):
    writer = Writer(path)
    writer.write(rows)
    writer.close()


def read(path):
    damaged = []
    return list(request_log.read(path, damaged.append)), damaged


def test_rows_come_back_as_they_were(tmp_path):
    path = tmp_path / "new" / "log.jsonl"
    first, second = row(key="ü\n", arm="canary"), row(version=None, outputs={"probabilities": [0.25, 0.75]})
    write(path, first)
    write(path, second)
    assert read(path) == ([first, second], [])


def test_a_line_is_json_with_every_key(tmp_path):
    write(tmp_path / "log", row(inputs={"x": float("nan")}))
    (line,) = (tmp_path / "log").read_text().splitlines()
    found = json.loads(line, parse_constant=pytest.fail)
    assert list(found) == KEYS
    assert (found["inputs"], found["key"]) == ({"x": None}, None)
    assert datetime.datetime.fromisoformat(found["time"]).utcoffset() == datetime.timedelta(0)


@pytest.mark.parametrize("torn", ['{"time": "2026', "{}", "[1]", "not json", '{"inputs": 1}'])
def test_a_damaged_line_is_told_and_the_next_is_whole(tmp_path, torn):
    path = tmp_path / "log"
    write(path, row())
    with path.open("a") as handle:
        handle.write(torn)
    write(path, row(key="after"))
    rows, damaged = read(path)
    assert ([found.key for found in rows], damaged) == ([None, "after"], [2])


def test_lines_with_a_key_wrong_are_damaged(tmp_path):
    path = tmp_path / "log"
    write(path, row())
    good = json.loads(path.read_text())
    wrong = [{**good, "inputs": []}, {**good, "outputs": None}, {k: v for k, v in good.items() if k != "arm"}]
    wrong += [{**good, "time": 7}, {**good, "error": ["x"]}, {**good, "model": None}]
    path.write_text("".join(json.dumps(line) + "\n" for line in [*wrong, {**good, "more": 1}]))
    rows, damaged = read(path)
    assert (len(rows), damaged) == (1, [1, 2, 3, 4, 5, 6])


def test_a_full_disk_is_an_error_and_the_line_after_it_is_whole(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    writer = Writer(tmp_path / "log")
    real = writer._file
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
        writer._file = full
        with pytest.raises(OSError, match="space"):
            writer.write([row()])
    writer._file = real
    writer.write([row(key="after")])
    assert [found.key for found in read(tmp_path / "log")[0]] == ["after"]


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file/log: the request log cannot be written"):
        Writer(tmp_path / "file" / "log")
    with pytest.raises(UsageError, match=r"absent: the request log cannot be read \(No such file"):
        read(tmp_path / "absent")


def test_what_was_refused_is_passed_over_and_lines_of_before_there_was_an_error_are_read(tmp_path):
    path = tmp_path / "log"
    write(path, row(), row(inputs={}, outputs={}, error="no such column"))
    before = json.dumps(
        {key: value for key, value in json.loads(path.read_text().splitlines()[0]).items() if key != "error"}
    )
    path.write_text(path.read_text() + before + "\n")
    rows, damaged = read(path)
    assert ([found.error for found in rows], damaged) == ([None, None], [])
    with path.open("rb") as lines:
        assert [found.error for found in request_log.parsed(lines, damaged.append)] == [None, "no such column", None]
