"""Whom `turnstile explain` asks: one version from the first answer on, and again if no answer comes."""

from __future__ import annotations

import pytest

from serving.asking.job import Job
from serving.client import retries
from serving.client.base import Answer, ModelSpec, RawSignature, RefusedError, UnavailableError
from serving.client.connect import Options
from serving.explain import asking
from serving.explain.asking import explain
from serving.explain.settings import Settings
from serving.model.dtypes import FLOAT


class Moving:
    """A server whose label moves to another version after each answer, and which fails when it is told to."""

    address, max_concurrent = "there", 1

    def __init__(self, *failures):
        self.specs, self.rows, self._failures = [], [], list(failures)

    def signature(self, spec):
        return RawSignature({"x": "float", "y": "float"}, {"value": FLOAT})

    def predict(self, spec, inputs, signature):
        if self._failures:
            raise self._failures.pop()
        self.specs.append(spec)
        self.rows.append(len(inputs["x"]))
        return Answer({"value": inputs["x"] * inputs["y"]}, spec.version or 7 + len(self.specs))

    def close(self):
        pass


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Explains two rows by a client."""
    (tmp_path / "rows.csv").write_text("x,y\n1,2\n3,\n")
    (tmp_path / "background.csv").write_text("x,y\n0,1\n")
    monkeypatch.setattr(retries.time, "sleep", lambda seconds: None)

    def explained(client, batch=None):
        spec = ModelSpec("m", label="canary")
        monkeypatch.setattr(asking, "connect", lambda options, config: (client, spec))
        job = Job(path=str(tmp_path / "rows.csv"), batch=batch)
        settings = Settings(background=str(tmp_path / "background.csv"))
        return explain(job, settings, Options(server="there:1"), lambda: None)

    return explained


def test_the_version_that_answers_first_answers_to_the_end(asked):
    client = Moving()
    found = asked(client)
    assert client.specs == [ModelSpec("m", label="canary"), *[ModelSpec("m", 8)] * 2]
    assert found.model == ModelSpec("m", 8)
    assert found.rows[0].explanation.contributions.values.tolist() == [1.5, 0.5]
    assert found.rows[1].given == {"x": 3.0, "y": None}


def test_it_asks_again_when_no_answer_comes_and_sends_as_few_rows_as_it_is_told(asked):
    client = Moving(UnavailableError("there: no answer"))
    assert len(asked(client, batch=2).rows) == 2
    assert client.rows == [1, 2, 2, 1, 2, 2, 1]


def test_a_server_that_takes_fewer_rows_is_told_with_what_to_do(asked):
    words = "there: Task size 1024 is larger than maximum input batch size 32"
    with pytest.raises(RefusedError, match=r"batch size 32\. Send fewer rows: --batch N$"):
        asked(Moving(RefusedError(words)))
