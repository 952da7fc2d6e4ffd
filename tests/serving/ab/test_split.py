"""`turnstile split` without a server: which labels it asks for, and what it writes."""

from __future__ import annotations

import json

import numpy as np
import pandas
import pytest

from serving.ab import split as splitting
from serving.ab.arms import ARMS, CANARY, STABLE
from serving.ab.split import Division, split
from serving.asking.predict import Job
from serving.client.base import Answer, ModelSpec, RawSignature
from serving.client.connect import Options
from serving.model.dtypes import FLOAT, INT64, NUMPY
from turnstile.errors import UsageError

MODEL = RawSignature({"x": "float"}, {"value": FLOAT})
ROWS = [{"id": i, "x": i} for i in range(20)]


class Labelled:
    """A client of a model that has some labels."""

    address, max_concurrent = "here", 1

    def __init__(self, labels, models=None):
        self.labels, self.models = labels, models or {}

    def signature(self, spec):
        if spec.label not in self.labels:
            raise UsageError(f"no label {spec.label}")
        return self.models.get(spec.label, MODEL)

    def predict(self, spec, inputs, signature):
        return Answer({name: np.zeros(len(inputs["x"]), NUMPY[dtype]) for name, dtype in signature.outputs.items()}, 1)

    def close(self):
        pass


@pytest.fixture
def split_by(tmp_path, monkeypatch):
    """Splits rows by a model with some labels; returns the number of rows by arm."""

    def run(test, *labels, rows=ROWS):
        monkeypatch.setattr(splitting, "connect", lambda options, config: (Labelled(labels), ModelSpec("m")))
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        reports = split(Job(path=str(path), out=str(tmp_path / "out.jsonl")), test, Options(), lambda: None)
        return {arm: report.rows for arm, report in reports.items()}

    return run


@pytest.mark.parametrize("key", [None, "id"])
def test_without_a_share_for_the_canary_its_label_is_not_asked_for(split_by, key):
    assert split_by(Division(percent=0, key=key), STABLE) == {STABLE: 20, CANARY: 0}


def test_when_the_canary_has_all_rows_stables_label_is_not_asked_for(split_by):
    assert split_by(Division(percent=100), CANARY) == {STABLE: 0, CANARY: 20}


@pytest.mark.parametrize(
    ("test", "label", "absent"),
    [
        (Division(percent=0), CANARY, STABLE),
        (Division(percent=100), STABLE, CANARY),
        (Division(percent=50), STABLE, CANARY),
        (Division(percent=50), CANARY, STABLE),
        (Division(percent=1e-9), STABLE, CANARY),
        (Division(percent=100, key="id"), CANARY, STABLE),
    ],
)
def test_the_label_of_an_arm_that_may_get_rows_must_be_there(split_by, test, label, absent):
    with pytest.raises(UsageError, match=f"no label {absent}"):
        split_by(test, label)


def test_rows_without_a_key_go_to_stable_even_if_the_canary_has_all_keys(split_by):
    rows = [*ROWS, {"id": None, "x": 1}]
    assert split_by(Division(percent=100, key="id"), STABLE, CANARY, rows=rows) == {STABLE: 1, CANARY: 20}


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.jsonl"])
def test_kept_columns_and_the_outputs_of_both_arms_are_written(tmp_path, monkeypatch, name):
    """Whose models have different outputs here, of which a row has those of its own arm."""
    models = {STABLE: MODEL, CANARY: RawSignature({"x": "float"}, {"value": FLOAT, "score": INT64})}
    monkeypatch.setattr(splitting, "connect", lambda options, config: (Labelled(ARMS, models), ModelSpec("m")))
    source, out = tmp_path / "rows.jsonl", tmp_path / name
    source.write_text("".join(json.dumps(row | {"arm": "left"}) + "\n" for row in ROWS))
    job = Job(path=str(source), out=str(out), keep=("id", "arm"))
    split(job, Division(percent=50, key="id"), Options(), lambda: None)
    read = {
        ".csv": lambda: pandas.read_csv(out),
        ".parquet": lambda: pandas.read_parquet(out),
        ".jsonl": lambda: pandas.read_json(out, lines=True),
    }
    found = read[out.suffix]()
    assert sorted(found) == sorted(["id", "input_arm", "arm", "version", "value", "score"])
    assert list(found)[:2] == ["id", "input_arm"]
    assert (list(found["id"]), set(found["input_arm"]), set(found["version"])) == (list(range(20)), {"left"}, {1})
    assert list(found["score"].notna()) == [arm == CANARY for arm in found["arm"]]
