"""Logs of requests: the same rows come of every format, and what is damaged is told and harms no other row."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from serving.model.protos import prediction_log_pb2
from serving.rows import logged_files
from tests import made_logs, made_tfrecords
from turnstile.errors import UsageError

ROWS = [{"company": "Blue", "fare": 5.5, "hour": 3}, {"company": None, "fare": None, "hour": -1}]
OUTPUTS = {"label": np.array([1, 0]), "probability": np.array([0.75, 0.25], np.float32)}
ANSWERS = [{"label": 1, "probability": 0.75}, {"label": 0, "probability": 0.25}]
TYPES = {"company": str, "fare": float, "hour": int}


def read(path: Path):
    damaged: list[int] = []
    return list(logged_files.read(path, damaged.append)), damaged


def json_lines(path):
    rows = zip(ROWS, ANSWERS, strict=True)
    return made_logs.log(path, [made_logs.asked(None, None, outputs, inputs=inputs) for inputs, outputs in rows])


def examples(path):
    return made_tfrecords.write(path, map(made_tfrecords.example, ROWS))


def of_examples(path):
    serialized = np.array([made_tfrecords.example(row).SerializeToString() for row in ROWS], object)
    return made_tfrecords.write(path, [made_tfrecords.predict_log({"examples": serialized}, OUTPUTS)])


def of_tensors(path):
    tensors = made_tfrecords.arrays(ROWS, TYPES)
    return made_tfrecords.write(path, [made_tfrecords.predict_log(tensors, OUTPUTS)])


@pytest.mark.parametrize("name", ["log", "log.gz"])
@pytest.mark.parametrize("made", [json_lines, examples, of_examples, of_tensors])
def test_each_format_has_the_same_rows(tmp_path, made, name):
    path = made(tmp_path / name)
    if name.endswith(".gz") and made is json_lines:
        path.write_bytes(gzip.compress(path.read_bytes()))
    rows, damaged = read(path)
    assert ([row.inputs for row in rows], damaged) == (ROWS, [])
    assert [row.outputs for row in rows] == ([{}, {}] if made is examples else ANSWERS)
    about = (None, "") if made is examples else (7, "taxi")
    assert {(row.version, row.model) for row in rows} == {about}


def test_classifications_and_regressions_are_rows_too(tmp_path):
    logs = [prediction_log_pb2.PredictionLog(), prediction_log_pb2.PredictionLog()]
    kinds = [logs[0].classify_log, logs[1].regress_log]
    kinds[0].request.input.example_list.examples.append(made_tfrecords.example(ROWS[0]))
    for label, score in (("no", 0.2), ("yes", 0.8)):
        if not kinds[0].response.result.classifications:
            kinds[0].response.result.classifications.add()
        kinds[0].response.result.classifications[0].classes.add(label=label, score=score)
    with_context = kinds[1].request.input.example_list_with_context
    with_context.examples.append(made_tfrecords.example({"fare": 1.5}))
    with_context.context.CopyFrom(made_tfrecords.example({"fare": 9.5, "hour": 4}))
    kinds[1].response.result.regressions.add(value=2.5)
    kinds[1].response.model_spec.version.value = 3
    rows, damaged = read(made_tfrecords.write(tmp_path / "log", logs))
    assert [row.inputs for row in rows] == [ROWS[0], {"fare": 1.5, "hour": 4}]
    assert [row.outputs for row in rows] == [{"label": "yes"}, {"value": 2.5}]
    assert ([row.version for row in rows], damaged) == ([None, 3], [])


def test_records_that_are_damaged_are_told_by_their_number(tmp_path):
    path = made_tfrecords.write(tmp_path / "log", map(made_tfrecords.example, ROWS * 3))
    content = bytearray(path.read_bytes())
    content[12:14] = b"\xff\xff"  # in the first record
    path.write_bytes(content[:-5])  # and the last is cut off
    rows, damaged = read(path)
    assert (len(rows), damaged) == (4, [1, 6])
    path.write_bytes(bytes(content[:8]) + b"\xff" * 40)
    assert read(path)[1] == [1]


def test_a_file_that_cannot_be_read_to_its_end_is_told(tmp_path):
    path = made_tfrecords.write(tmp_path / "log.gz", map(made_tfrecords.example, ROWS * 100))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UsageError, match=r"log\.gz: cannot be read to its end"):
        read(path)


def test_a_folder_is_its_files_by_name_and_what_is_not_there_is_told(tmp_path):
    for name in ("b.jsonl", "a.jsonl", ".hidden", "_SUCCESS"):
        (tmp_path / name).write_text("")
    (tmp_path / "empty").mkdir()
    assert [path.name for path in logged_files.files(tmp_path)] == ["a.jsonl", "b.jsonl"]
    with pytest.raises(UsageError, match=r"empty: the folder has no files\. Name a log"):
        logged_files.files(tmp_path / "empty")
    with pytest.raises(UsageError, match="absent: no such file or folder"):
        logged_files.files(tmp_path / "absent")
