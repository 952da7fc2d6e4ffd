"""The local server's request log: rows of requests, a share of them, and never an error to a client."""

from __future__ import annotations

import json
import logging
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from serving.model.protos import example_pb2
from serving.model.request_error import INVALID_ARGUMENT, UNAVAILABLE, RequestError
from serving.server import request_log_writer
from serving.server.request_log_writer import RequestLog

SERVED = SimpleNamespace(name="taxi", version=7)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def text(*values):
    return np.array(values, object)


def test_each_row_of_a_request_is_a_line(tmp_path):
    log = RequestLog(tmp_path / "log", 1.0)
    inputs = {
        "fare": np.array([5.5, np.nan], np.float32),
        "company": text(b"Blue", b""),
        "hour": np.array([3, -(2**63)]),
    }
    outputs = {"probabilities": np.array([[0.25, 0.75], [1, 0]], np.float32), "label": text("ü".encode(), b"\xff")}
    log.predicted(SERVED, "canary", inputs, outputs)
    log.close()
    first, second = lines(tmp_path / "log")
    assert (first["model"], first["version"], first["label"], first["arm"], first["key"]) == (
        "taxi", 7, "canary", None, None,
    )  # fmt: skip
    assert first["inputs"] == {"fare": 5.5, "company": "Blue", "hour": 3}
    assert second["inputs"] == {"fare": None, "company": None, "hour": None}
    assert first["outputs"] == {"probabilities": [0.25, 0.75], "label": "ü"}
    assert second["outputs"] == {"probabilities": [1, 0], "label": {"b64": "/w=="}}


@pytest.mark.parametrize(
    ("given", "keys"),
    [("a, b%2C1", ["a", "b,1"]), ("7,", ["7", None]), ("a", [None, None]), ("a,b,c", [None, None]), ("", [None, None])],
)
def test_each_row_has_the_key_that_its_client_gave_it_if_there_are_as_many(tmp_path, given, keys):
    log = RequestLog(tmp_path / "log", 1.0)
    log.predicted(SERVED, None, {"x": np.zeros(2)}, {"y": np.zeros(2)}, given)
    log.close()
    assert [line["key"] for line in lines(tmp_path / "log")] == keys


def test_examples_are_taken_apart(tmp_path):
    example = example_pb2.Example()
    example.features.feature["fare"].float_list.value.append(5.5)
    example.features.feature["company"].bytes_list.value.append(b"Blue")
    example.features.feature["hours"].int64_list.value.extend([1, 2])
    example.features.feature["tips"].SetInParent()
    log = RequestLog(tmp_path / "log", 1.0)
    log.predicted(SERVED, None, {"examples": text(example.SerializeToString())}, {"value": np.array([1.0])})
    log.predicted(SERVED, None, {"examples": text(b"no example")}, {"value": np.array([1.0])})
    log.close()
    assert [line["inputs"] for line in lines(tmp_path / "log")] == [
        {"fare": 5.5, "company": "Blue", "hours": [1, 2], "tips": None},
        {"examples": "no example"},
    ]


def test_what_has_no_rows_goes_to_each(tmp_path):
    log = RequestLog(tmp_path / "log", 1.0)
    log.predicted(SERVED, None, {"x": np.array([1.0, 2.0]), "k": np.array(3)}, {"y": np.array([1.5, 2.5])})
    log.predicted(SERVED, None, {"x": np.array(1.0)}, {"y": np.array(1.5)})
    log.close()
    found = [(line["inputs"], line["outputs"]) for line in lines(tmp_path / "log")]
    assert found == [({"x": 1, "k": 3}, {"y": 1.5}), ({"x": 2, "k": 3}, {"y": 2.5}), ({"x": 1}, {"y": 1.5})]


def test_a_request_that_was_refused_is_a_line_that_says_why_and_one_that_the_server_could_not_answer_is_none(tmp_path):
    log = RequestLog(tmp_path / "log", 1.0)
    log.refused(SERVED, "stable", RequestError(INVALID_ARGUMENT, "fare is no number"))
    log.refused(SERVED, None, RequestError(UNAVAILABLE, "the queue is full"))
    log.close()
    (line,) = lines(tmp_path / "log")
    assert {name: value for name, value in line.items() if value and name != "time"} == {
        "model": "taxi", "version": 7, "label": "stable", "error": "fare is no number",
    }  # fmt: skip


@pytest.mark.parametrize(("rate", "least", "most"), [(0, 0, 0), (0.1, 800, 1200), (1, 10_000, 10_000)])
def test_a_share_of_the_rows_is_logged(tmp_path, rate, least, most):
    log = RequestLog(tmp_path / "log", rate)
    for start in range(0, 10_000, 50):
        x = np.arange(start, start + 50)
        log.predicted(SERVED, None, {"x": x}, {"y": x * 2})
    log.close()
    found = lines(tmp_path / "log")
    assert least <= len(found) <= most
    assert all(line["outputs"]["y"] == 2 * line["inputs"]["x"] for line in found)


def test_a_file_that_cannot_be_written_fails_no_request(tmp_path, caplog):
    log = RequestLog(tmp_path / "log", 1.0)
    log._writer.close()
    for _ in range(3):
        log.predicted(SERVED, None, {"x": np.zeros(2)}, {"y": np.zeros(2)})
    log.close()
    assert [r.message for r in caplog.records if "cannot be written" in r.message] == [
        "the request log cannot be written (I/O operation on closed file); requests are answered on"
    ]


def test_a_disk_that_is_too_slow_costs_lines_and_no_memory(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(request_log_writer, "_MOST_WAITING", 100)
    log, go_on = RequestLog(tmp_path / "log", 1.0), threading.Event()
    real = log._writer.write
    monkeypatch.setattr(log._writer, "write", lambda rows: (go_on.wait(), real(rows)))
    with caplog.at_level(logging.WARNING):
        for _ in range(30):
            log.predicted(SERVED, None, {"x": np.zeros(10)}, {"y": np.zeros(10)})
        go_on.set()
        log.close()
    assert len(lines(tmp_path / "log")) == 100
    assert [r.message for r in caplog.records] == [
        "the request log cannot keep up; rows are left out of it. Log fewer: --log-rate 0.1",
        "200 rows were left out of the request log",
    ]
