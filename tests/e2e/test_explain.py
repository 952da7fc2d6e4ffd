"""`turnstile explain` and `turnstile batch --explain` from the outside, on a model whose contributions are known."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from components.trainer.serving_sample import write_logs
from pipeline.commands.main import main
from serving.batch import job as batch_job
from serving.batch.job import Job, batch
from serving.client.connect import Options
from serving.explain.settings import Settings
from serving.model.warmup import WARMUP, Recorded, warmup_logs
from serving.settings import ServingConfig
from serving.tables import files
from tests.e2e.model_server import ModelServer
from tests.made_exports import Weighing, export

CARRIED = [1.0, 3.0, 2.0, 6.0]  # x of the rows that the version carries: 3 on average
X = [10.0, -4.0, 3.0]
ROWS = "name,x\na,10\nbb,-4\n,3\n"
BACKGROUND = "x,name\n" + "".join(f"{x},n\n" for x in CARRIED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A serving folder with one version, a config, and files of rows and of a background."""
    folder = tmp_path_factory.mktemp("explain")
    version = export(folder / "models" / "weighing" / "1", Weighing(0.5))
    names = np.array([b"n"] * len(CARRIED), object)
    asked = Recorded("raw", {"name": names, "x": np.array(CARRIED, np.float32)}, {})
    write_logs(version / WARMUP, warmup_logs([asked], "weighing"))
    (folder / "weighing.toml").write_text('name = "weighing"\n')
    (folder / "rows.csv").write_text(ROWS)
    (folder / "background.csv").write_text(BACKGROUND)
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with ModelServer(folder / "models", "weighing") as running:
        yield running


def turnstile(folder, *words, code=0):
    options = ["--config", str(folder / "weighing.toml"), "--serving-dir", str(folder / "models")]
    done = CliRunner().invoke(main, [*map(str, words), *options])
    assert done.exit_code == code, done.output
    return done


def explain(folder, *words):
    return json.loads(turnstile(folder, "explain", *words, "--json").stdout)


def contributions(row):
    return {each["feature"]: each["value"] for each in row["contributions"]}


def test_what_is_printed_for_programs(folder):
    found = explain(folder, folder / "rows.csv")
    assert found["model"] == {"name": "weighing", "version": 1, "label": None}
    assert (found["output"], found["unit"]) == ("value", "value")
    assert found["background"] == {"file": None, "rows": 32}
    assert (found["pairs"], found["seed"]) == (2, 0)
    assert [row["row"] for row in found["rows"]] == [1, 2, 3]
    assert [row["answer"] for row in found["rows"]] == [
        {"label": "of a", "value": 5.0},
        {"label": "of bb", "value": -2.0},
        {"label": "of ", "value": 1.5},
    ]
    assert found["rows"][0]["base_standard_error"] == pytest.approx(np.std(CARRIED * 8, ddof=1) / 2 / np.sqrt(32))
    assert [(row["base"], row["score"]) for row in found["rows"]] == [(1.5, x / 2) for x in X]
    assert [contributions(row) for row in found["rows"]] == [{"x": (x - 3) / 2, "name": 0.0} for x in X]
    assert {each["feature"]: each["given"] for each in found["rows"][2]["contributions"]} == {"x": 3.0, "name": None}
    assert [each["feature"] for each in found["importance"]] == ["x", "name"]
    assert found["importance"][0]["value"] == pytest.approx(7 / 3)
    assert found["importance"][0]["low"] < 7 / 3 < found["importance"][0]["high"]
    assert found["importance"][1] == {"feature": "name", "value": 0.0, "low": 0.0, "high": 0.0}


def test_what_is_printed_for_people(folder):
    lines = turnstile(folder, "explain", folder / "rows.csv", "--pictures", "2").stdout.splitlines()
    assert lines[0] == "model 'weighing', version 1, compared with 32 rows that it carries"
    assert lines[2:4] == ["row 1: label of a, value 5", "value: 1.5 ± 0.34 on average, +3.5 here, so 5"]
    assert lines[5].split() == ["x", "10", "+3.5", "±", "0", "│████████"]
    assert lines[6].split() == ["1", "other", "+0"]
    assert lines[8:10] == ["row 2: label of bb, value -2", "value: 1.5 ± 0.34 on average, -3.5 here, so -2"]
    assert lines[11].split() == ["x", "-4", "-3.5", "±", "0", "████████│"]
    assert "row 3" not in "\n".join(lines)
    assert lines[14] == "what matters: the mean size of a contribution to the value, 3 rows"


def test_an_answer_that_is_no_number_is_not_explained_and_the_others_are(folder, tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"x": null, "name": "a"}\n{"x": 10, "name": "a"}\n')
    found = explain(folder, tmp_path / "rows.jsonl")
    assert contributions(found["rows"][0])["x"] is None
    assert found["importance"][0] == {"feature": "x", "value": 3.5, "low": None, "high": None}
    shown = turnstile(folder, "explain", tmp_path / "rows.jsonl").stdout
    assert "row 1: label of a, value null\nis not explained" in shown


def test_another_background_and_the_first_rows_only(folder, tmp_path):
    (tmp_path / "tens.csv").write_text("x,name\n" + "10,n\n20,n\n" * 50)
    found = explain(folder, folder / "rows.csv", "--background", tmp_path / "tens.csv", "--compared", 40, "--rows", 1)
    assert found["background"] == {"file": str(tmp_path / "tens.csv"), "rows": 40}
    assert len(found["rows"]) == 1
    assert found["importance"][0]["low"] is None


@pytest.mark.parametrize("way", ["--server", "--url"])
def test_a_server_answers_the_same(folder, server, way):
    address = server.target if way == "--server" else server.url
    here = explain(folder, folder / "rows.csv", "--background", folder / "background.csv")
    there = explain(folder, folder / "rows.csv", "--background", folder / "background.csv", way, address, "--batch", 7)
    assert there == here


def test_a_server_needs_a_background(folder, server):
    done = turnstile(folder, "explain", folder / "rows.csv", "--server", server.target, code=2)
    assert "a server does not tell which rows a version carries. Give a file of rows" in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nope.csv"], "nope.csv: no such file"),
        (["{folder}/rows.csv", "--background", "nope.csv"], "nope.csv: no such file"),
        (["{folder}/rows.csv", "--background", "{folder}/header.csv"], "header.csv: has no rows to compare"),
        (["{folder}/header.csv"], "the input has no rows"),
        (["{folder}/wrong.csv"], "row 2, column 'x': expected a number, got 'four'"),
        (["{folder}/rows.csv", "--version", "7"], "weighing/7: no such version"),
        (["{folder}/rows.csv", "--pairs", "1"], "--pairs"),
    ],
)
def test_what_is_wrong_is_told_with_exit_code_2(folder, words, told):
    (folder / "header.csv").write_text("x,name\n")
    (folder / "wrong.csv").write_text("x,name\n1,a\nfour,b\n")
    done = turnstile(folder, "explain", *(word.format(folder=folder) for word in words), code=2)
    assert told in done.output
    assert "Traceback" not in done.output


def test_a_model_that_carries_no_rows_needs_a_background(folder, tmp_path):
    model = export(tmp_path / "bare")
    told = "bare: carries no rows to compare others with. Give a file of rows that are typical of the data"
    assert told in turnstile(folder, "explain", folder / "rows.csv", "--model", model, code=2).output
    words = ("batch", folder / "rows.csv", "--out", tmp_path / "out", "--model", model, "--explain")
    assert told in turnstile(folder, *words, code=2).output
    assert not list((tmp_path / "out").glob("answers*"))


# In batch prediction.


@pytest.fixture
def many(tmp_path, monkeypatch):
    """A file of more rows than one shard has; one of them is wrong."""
    monkeypatch.setattr(files, "BLOCK_BYTES", 200)
    lines = [f"{'x' if i == 30 else i * 0.3},n{i}" for i in range(60)]
    (tmp_path / "many.csv").write_text("x,name\n" + "\n".join(lines) + "\n")
    return tmp_path / "many.csv"


def shards(out):
    rows = []
    for path in sorted(Path(out).glob("answers-*.csv")):
        with path.open(newline="") as file:
            rows += csv.DictReader(file)
    return rows


def test_batch_writes_what_explain_prints(folder, many, tmp_path):
    words = ("batch", many, "--out", tmp_path / "out", "--explain", "--shard-rows", 10, "--keep", "name")
    manifest = json.loads(turnstile(folder, *words, "--json").stdout)
    assert (manifest["answered"], manifest["rejected"], len(manifest["shards"]) > 2) == (59, 1, True)
    assert manifest["asked"]["explain"] == {"compared": 32, "pairs": 2, "seed": 0, "background": None}
    found = shards(tmp_path / "out")
    of_features = ["contribution_of_name", "contribution_of_x"]
    assert list(found[0]) == ["name", "label", "value", "contribution_base", *of_features, "contribution_error"]
    good = tmp_path / "good.csv"
    good.write_text("".join(line for line in many.read_text().splitlines(True) if not line.startswith("x,n3")))
    for row, explained in zip(found, explain(folder, good)["rows"], strict=True):
        told = contributions(explained)
        assert {name: float(row[f"contribution_of_{name}"]) for name in told} == told
        assert float(row["contribution_base"]) == explained["base"]
        errors = [each["standard_error"] for each in explained["contributions"]]
        assert float(row["contribution_error"]) == max(errors)


def test_a_job_that_explains_goes_on_where_it_stopped_and_only_as_it_was_begun(folder, many, tmp_path):
    class Served:
        name, serving = "weighing", ServingConfig(dir=str(folder / "models"))

    class StoppedError(Exception):
        pass

    def stopping(work, to_do, progress):
        batch_job.in_this_process(work, to_do[:1], progress)
        raise StoppedError

    job = Job(paths=[str(many)], out=str(tmp_path / "out"), shard_rows=20, explain=Settings())
    with pytest.raises(StoppedError):
        batch(job, Options(), Served, stopping)
    words = ("batch", many, "--out", tmp_path / "out", "--shard-rows", 20)
    assert "other explanations, or none (--explain)" in turnstile(folder, *words, code=2).output
    turnstile(folder, *words, "--explain")
    assert len(shards(tmp_path / "out")) == 59
