"""`turnstile predict` without a server: which columns stand in front of the answers, and with which types."""

from __future__ import annotations

import csv
import datetime
import json

import numpy as np
import pandas
import pyarrow as pa
import pytest
from pyarrow import parquet

from serving.asking import predict as predicting
from serving.asking.kept_columns import kept_columns
from serving.asking.predict import Job, predict
from serving.client.base import Answer, ModelSpec, RawSignature
from serving.client.connect import Options
from serving.model.dtypes import FLOAT, INT64, STRING
from turnstile.errors import UsageError

MODEL = RawSignature({"x": "float"}, {"probability": FLOAT, "label": INT64, "class": STRING})


class Doubling:
    """A client whose model doubles x."""

    address, max_concurrent = "here", 2

    def __init__(self):
        self.asked = 0

    def signature(self, spec):
        return MODEL

    def predict(self, spec, inputs, signature):
        self.asked += 1
        x = inputs["x"]
        names = np.array([b"big" if value > 1 else b"small" for value in x], object)
        return Answer({"probability": x * 2, "label": (x > 1).astype(np.int64), "class": names}, 7)

    def close(self):
        pass


@pytest.fixture
def client(monkeypatch):
    client = Doubling()
    monkeypatch.setattr(predicting, "connect", lambda options, config: (client, ModelSpec("m")))
    return client


def write(path, rows):
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        frame = pandas.DataFrame(rows)
        frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    return path


def read(path):
    if path.suffix == ".parquet":
        return parquet.read_table(path).to_pylist()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


ROWS = [{"id": 7, "x": 0.5, "label": "no"}, {"id": 8, "x": 2.0, "label": "yes"}]


def run(folder, keep, source="rows.csv", out="out.jsonl", rows=ROWS, **options):
    job = Job(path=str(write(folder / source, rows)), out=str(folder / out), keep=keep, batch=1)
    predict(job, Options(**options), lambda: None)
    return read(folder / out)


@pytest.mark.parametrize("out", ["out.csv", "out.jsonl", "out.parquet"])
@pytest.mark.parametrize("source", ["rows.csv", "rows.jsonl", "rows.parquet"])
def test_kept_columns_stand_in_front_of_the_answers_in_every_format(client, tmp_path, source, out):
    found = run(tmp_path, ("label", "id", "id"), source, out)
    assert [list(row) for row in found] == [["input_label", "id", "probability", "label", "class"]] * 2
    assert [(row["input_label"], int(row["id"]), float(row["probability"]), row["class"]) for row in found] == [
        ("no", 7, 1.0, "small"),
        ("yes", 8, 4.0, "big"),
    ]


def test_from_parquet_to_parquet_every_type_is_kept(client, tmp_path):
    at = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
    table = pa.table(
        {"id": pa.array([1, None], pa.int16()), "at": pa.array([at, at], pa.timestamp("ms", "UTC")), "x": [1.0, 2.0]}
    )
    parquet.write_table(table, tmp_path / "rows.parquet")
    out = tmp_path / "out.parquet"
    predict(Job(path=str(tmp_path / "rows.parquet"), out=str(out), keep=("at", "id")), Options(), lambda: None)
    assert {field.name: field.type for field in parquet.read_schema(out)} == {
        "at": pa.timestamp("ms", "UTC"),
        "id": pa.int16(),
        "probability": pa.float32(),
        "label": pa.int64(),
        "class": pa.string(),
    }
    assert [(row["at"], row["id"]) for row in read(out)] == [(at, 1), (at, None)]


def test_a_row_of_json_lines_without_the_column_has_null(client, tmp_path):
    rows = [{"id": 7, "x": 1}, {"x": 1}, {"id": None, "x": 1}]
    assert [row["id"] for row in run(tmp_path, ("id",), "rows.jsonl", rows=rows)] == [7, None, None]


@pytest.mark.parametrize("options", [{}, {"server": "a:1"}], ids=["offline", "online"])
@pytest.mark.parametrize("source", ["rows.csv", "rows.jsonl", "rows.parquet"])
def test_an_unknown_column_is_told_with_those_there_are_before_anything_is_sent(client, tmp_path, source, options):
    with pytest.raises(UsageError, match=r"^--keep user: the input has no such column; it has: id, x, label\. Choose"):
        run(tmp_path, ("id", "user"), source, **options)
    assert (client.asked, [path.name for path in tmp_path.iterdir()]) == (0, [source])


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (["id"], {"id": "id"}),
        (["id", "id", "at"], {"id": "id", "at": "at"}),
        (["label"], {"label": "input_label"}),
        (["input_label"], {"input_label": "input_label"}),
        ([], {}),
    ],
)
def test_a_column_called_like_an_answer_gets_input_in_front(columns, names):
    assert kept_columns(columns, ["label", "value"]).names == names


@pytest.mark.parametrize(("columns", "answers"), [(["label", "input_label"], []), (["label"], ["input_label"])])
def test_a_name_that_is_taken_either_way_is_refused(columns, answers):
    with pytest.raises(UsageError, match="have a column 'label' of their own, and 'input_label' is taken, too"):
        kept_columns(columns, ["label", *answers])


def test_infinite_answers_are_null_in_json_and_that_is_told(client, tmp_path, capsys):
    found = run(tmp_path, (), rows=[{"id": 1, "x": float("inf")}, {"id": 2, "x": 1.0}])
    assert [row["probability"] for row in found] == [None, 2.0]
    assert "turnstile: JSON has no infinite numbers, so null was written for them: 1 in 'probability'. CSV" in (
        capsys.readouterr().err
    )
