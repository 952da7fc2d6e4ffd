"""`turnstile predict` by whole columns: the files and the errors are those of row by row, which `--log` asks for."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from serving.asking import predict as predicting
from serving.asking.job import Job
from serving.asking.predict import predict
from serving.client.base import Answer, ModelSpec, RawSignature
from serving.client.connect import Options
from serving.model.dtypes import FLOAT, INT64, STRING
from turnstile.csv_dialect import Dialect
from turnstile.errors import UsageError

MODEL = RawSignature(
    {"company": "string", "hour": "int64", "x": "float"}, {"probability": FLOAT, "label": INT64, "class": STRING}
)


class Repeating:
    """A client whose model answers what it was asked."""

    address, max_concurrent = "here", 3

    def signature(self, spec):
        return MODEL

    def predict(self, spec, inputs, signature):
        x, hour, company = inputs["x"], inputs["hour"], inputs["company"]
        sizes = company.as_views()[:, 0] >> 2 if hasattr(company, "as_views") else [len(text) for text in company]
        names = np.array([b"a,%d" % size if size else b"" for size in sizes], object)
        return Answer({"probability": x / 3, "label": hour, "class": names}, 7)

    def close(self):
        pass


@pytest.fixture(autouse=True)
def client(monkeypatch):
    monkeypatch.setattr(predicting, "connect", lambda options, config: (Repeating(), ModelSpec("m")))


def made(path, separator=",", decimal="."):
    rng = random.Random(3)
    names = ["", "Blue", '"a ""b"""', f'"a{separator}b"', '"two\nlines"', "Bläu", "?"]
    numbers = ["", "7", "0.5", "NA", "1e-7", "inf", "?"]
    rows = [
        [
            str(i),
            rng.choice(names),
            rng.choice(["", "7", f"8{decimal}0", "null"]),
            rng.choice(numbers).replace(".", decimal),
        ]
        for i in range(200)
    ]
    if path.suffix == ".parquet":
        columns = [list(range(200)), *[[row[i] or None for row in rows] for i in (1, 2, 3)]]
        table = pa.table(columns, ["id", "company", "hour", "x"])
        parquet.write_table(table.set_column(1, "company", table["company"].dictionary_encode()), path)
    else:
        head = separator.join(["id", "company", "hour", "x"])
        path.write_text("\n".join([head, *(separator.join(row) for row in rows)]), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("out", ["out.csv", "out.jsonl", "out.parquet"])
@pytest.mark.parametrize("missing", [(), ("?",)])
@pytest.mark.parametrize("source", ["rows.csv", "rows.parquet"])
def test_what_is_written_is_the_same_as_row_by_row(tmp_path, source, missing, out):
    missing = missing or (("?",) if source == "rows.parquet" else ())
    path = made(tmp_path / source)
    if not missing:
        text = (tmp_path / source).read_text(encoding="utf-8")
        (tmp_path / source).write_text(text.replace(",?\n", ",\n"), encoding="utf-8")
    found = []
    for log in (None, str(tmp_path / "log")):
        job = Job(path=path, out=str(tmp_path / out), keep=("id", "company"), batch=7, null_values=missing, log=log)
        predict(job, Options(), lambda: None)
        file = tmp_path / out
        found.append(str(parquet.read_table(file).to_pylist()) if out.endswith("parquet") else file.read_bytes())
    assert found[0] == found[1]


def test_a_comma_before_decimals_is_read_as_row_by_row(tmp_path):
    path = made(tmp_path / "rows.csv", ";", ",")
    found = []
    for log in (None, str(tmp_path / "log")):
        job = Job(path=path, out=str(tmp_path / "o"), null_values=("?",), log=log, dialect=Dialect(";", ","))
        predict(job, Options(), lambda: None)
        found.append((tmp_path / "o").read_text())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "x,hour\n1,2\n1,two\n",
            "row 2, column 'hour': expected a whole number, got 'two'. Correct it, or leave it empty",
        ),
        ("x,hour\n1,2\nx,y\n", "row 2, column 'hour': expected a whole number, got 'y'. Correct it, or leave it empty"),
        (
            "x,hour\n1,2\n3\n",
            "{path}: line 3 has 1 value, the header has 2: '3'. Correct the row, or remove it. If it is ",
        ),
        ("a,b\n1,2\n", "none of the model's columns is in the input; expected one or more of: company, hour, x"),
        ("x\n", "the input has no rows to predict for; expected a header and rows"),
    ],
)
@pytest.mark.parametrize("batch", [1, None])
def test_the_errors_are_those_of_row_by_row_and_nothing_is_left(tmp_path, content, words, batch):
    path = tmp_path / "rows.csv"
    path.write_text(content)
    for log in (None, str(tmp_path / "log")):
        with pytest.raises(UsageError) as caught:
            predict(Job(path=str(path), out=str(tmp_path / "out"), batch=batch, log=log), Options(), lambda: None)
        assert str(caught.value).startswith(words.format(path=path))
        assert not (tmp_path / "out").exists()


def test_columns_that_are_not_there_are_told(tmp_path, capsys):
    (tmp_path / "rows.csv").write_text("x\n1\n")
    predict(Job(path=str(tmp_path / "rows.csv"), out=str(tmp_path / "out")), Options(), lambda: None)
    assert "turnstile: not in the first row, taken as missing: company, hour\n" in capsys.readouterr().err
