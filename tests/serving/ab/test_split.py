"""`turnstile split` without a server: which labels it asks for."""

from __future__ import annotations

import json

import numpy as np
import pytest

from serving.ab import split as splitting
from serving.ab.arms import CANARY, STABLE
from serving.ab.split import Test, split
from serving.asking.predict import Job
from serving.client.base import Answer, Model, Which
from serving.client.connect import Options
from turnstile.errors import UsageError

MODEL = Model({"x": "float"}, {"value": 1})
ROWS = [{"id": i, "x": i} for i in range(20)]


class Labelled:
    """A client of a model that has some labels."""

    where, at_once = "here", 1

    def __init__(self, labels):
        self.labels = labels

    def model(self, which):
        if which.label not in self.labels:
            raise UsageError(f"no label {which.label}")
        return MODEL

    def predict(self, which, inputs, model):
        return Answer({"value": np.zeros(len(inputs["x"]), np.float32)}, 1)

    def close(self):
        pass


@pytest.fixture
def split_by(tmp_path, monkeypatch):
    """Splits rows by a model with some labels; returns the number of rows by arm."""

    def run(test, *labels, rows=ROWS):
        monkeypatch.setattr(splitting, "opened", lambda options, config: (Labelled(labels), Which("m")))
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        reports = split(Job(path=str(path), out=str(tmp_path / "out.jsonl")), test, Options(), lambda: None)
        return {arm: report.rows for arm, report in reports.items()}

    return run


@pytest.mark.parametrize("key", [None, "id"])
def test_without_a_share_for_the_canary_its_label_is_not_asked_for(split_by, key):
    assert split_by(Test(percent=0, key=key), STABLE) == {STABLE: 20, CANARY: 0}


def test_when_the_canary_has_all_rows_stables_label_is_not_asked_for(split_by):
    assert split_by(Test(percent=100), CANARY) == {STABLE: 0, CANARY: 20}


@pytest.mark.parametrize(
    ("test", "label", "absent"),
    [
        (Test(percent=0), CANARY, STABLE),
        (Test(percent=100), STABLE, CANARY),
        (Test(percent=50), STABLE, CANARY),
        (Test(percent=50), CANARY, STABLE),
        (Test(percent=1e-9), STABLE, CANARY),
        (Test(percent=100, key="id"), CANARY, STABLE),
    ],
)
def test_the_label_of_an_arm_that_may_get_rows_must_be_there(split_by, test, label, absent):
    with pytest.raises(UsageError, match=f"no label {absent}"):
        split_by(test, label)


def test_rows_without_a_key_go_to_stable_even_if_the_canary_has_all_keys(split_by):
    rows = [*ROWS, {"id": None, "x": 1}]
    assert split_by(Test(percent=100, key="id"), STABLE, CANARY, rows=rows) == {STABLE: 1, CANARY: 20}
