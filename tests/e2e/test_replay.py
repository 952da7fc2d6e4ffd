"""`turnstile replay`: span after span, as a scheduler would have run them, and on from where it was stopped.

What is to be predicted turns round in the third span and back in the fourth, so that the model of the fourth, which
learned from the third, is better on old data than the one that serves, and worse on the newest.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import config_file
from pipeline.commands.main import main
from pipeline.run.metadata_store import executions
from pipeline.run.whole_run import run
from serving.model.saved_model import SavedModel
from tests.e2e.conftest import tree
from turnstile.errors import UsageError
from turnstile.files import locked

ROWS = 400
TURNED = 3  # the span in which a large x means no
CONFIG = """
name = "turning"
output = "{folder}/output"
[data]
path = "{folder}/spans/{{SPAN}}.csv"
window = 2
eval_on = "newest"
[label]
kind = "binary"
column = "label"
[features]
x = {{ kind = "numeric" }}
[training]
hidden_units = [4]
embedding_dim = 2
heads = 1
batch_size = 64
learning_rate = 0.02
max_epochs = 4
[release.overall]
auc = {{ min = 0.6, max_drop = 0.05 }}
[serving]
dir = "{folder}/serving_model"
after_push = "stable"
"""


def rows(span):
    """Numbers, of which large ones mean yes, or no in the span that is turned; one of ten means the other."""
    rng = random.Random(span)
    for _ in range(ROWS):
        x = rng.gauss(0, 1)
        yield x, int((x > 0) ^ (span == TURNED) ^ (rng.random() < 0.1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("turning")
    (folder / "spans").mkdir()
    for span in range(1, 5):
        lines = (f"{x:.4f},{label}\n" for x, label in rows(span))
        (folder / "spans" / f"{span}.csv").write_text("x,label\n" + "".join(lines))
    (folder / "turning.toml").write_text(CONFIG.format(folder=folder))
    return folder


def asked(folder, *options):
    done = CliRunner().invoke(main, ["replay", "--config", str(folder / "turning.toml"), *options, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def replayed(folder):
    """Up to the third span first, and then the whole of it."""
    return asked(folder, "--to-span", "3"), asked(folder)


def spans(found):
    return {each["span"]: each for each in found["spans"]}


def test_each_span_is_run_once_and_what_was_done_before_is_told_again(replayed, folder):
    first, whole = replayed
    assert [each["span"] for each in first["spans"]] == ["2", "3"]
    assert [(each["span"], each["again"]) for each in whole["spans"]] == [("2", True), ("3", True), ("4", False)]
    assert [each | {"again": True} for each in first["spans"]] == whole["spans"][:2]
    assert len({each["run_id"] for each in whole["spans"]}) == 3
    assert len(list((folder / "output" / "replay" / "turning" / "runs").iterdir())) == 3


def test_nothing_is_written_where_the_real_runs_and_versions_are(replayed, folder):
    assert sorted(path.name for path in folder.iterdir()) == ["output", "spans", "turning.toml"]
    assert [path.name for path in (folder / "output").iterdir()] == ["replay"]
    serving = Path(replayed[1]["serving_dir"])
    assert serving == folder / "output" / "replay" / "serving_model"
    assert (serving / "turning" / str(spans(replayed[1])["2"]["version"])).is_dir()


def test_a_model_that_is_better_on_old_data_and_worse_on_the_newest_is_refused_with_both_numbers(replayed, folder):
    found = spans(replayed[1])
    assert [found[span]["verdict"] for span in "234"] == ["passed", "refused", "refused"]
    assert found["4"]["compared_with"] == found["2"]["version"] == found["3"]["compared_with"]
    newest = found["4"]["metrics"]["auc"]
    assert newest["value"] < 0.3 < 0.8 < newest["serving"]
    numbers = f"from {newest['serving']:.4f} to {newest['value']:.4f}; it may drop by at most 0.05"
    assert any(numbers in reason for reason in found["4"]["reasons"])
    served = Path(replayed[1]["serving_dir"]) / "turning" / str(found["2"]["version"])
    database = folder / "output" / "replay" / "turning" / "metadata.db"
    refused = Path(executions(database, found["4"]["run_id"])["Trainer"].outputs["Model"].uri) / "Format-Serving"
    assert _right(refused, TURNED) > 0.8 > 0.2 > _right(served, TURNED)


def _right(model, span):
    """The share of a span's rows that a model gets right."""
    x, labels = (np.array(each) for each in zip(*rows(span), strict=True))
    answers = SavedModel(str(model))("raw", {"x": x.astype("float32")})
    return np.mean((answers["probability"].ravel() > 0.5) == labels)


def test_the_same_span_again_is_answered_from_the_cache(replayed, folder):
    where = {"output": replayed[1]["output"], "serving__dir": replayed[1]["serving_dir"]}
    config = config_file.load(folder / "turning.toml", data__span="4", serving__reload_seconds=0, **where)
    before = tree(Path(replayed[1]["serving_dir"]))
    again = run(config)
    states = {component.id: component.state for component in again.components}
    assert {states[id_] for id_ in ("ExampleGen", "Transform", "Trainer", "Baseline", "Evaluator")} == {"cached"}
    assert again.exit_code == 10
    assert tree(Path(replayed[1]["serving_dir"])) == before


def test_the_page_has_each_span_and_a_chart(replayed):
    page = Path(replayed[1]["page"]).read_text()
    assert page.count("<svg") == 2
    assert re.findall(r"<tr><td>(\d)</td>", page) == ["2", "3", "4"]
    assert spans(replayed[1])["4"]["reasons"][0].split("(")[0].strip() in page


def test_a_table_for_people_fits_a_terminal_and_says_where_all_of_it_is(replayed, folder):
    done = CliRunner().invoke(main, ["replay", "--config", str(folder / "turning.toml"), "-o", str(folder / "p.html")])
    lines = done.stdout.splitlines()
    assert (done.exit_code, lines[0].split()) == (0, ["span", "rows", "data", "auc", "serving", "verdict", "version"])
    assert max(map(len, lines[:4])) <= 80
    newest = spans(replayed[1])["4"]["metrics"]["auc"]
    assert lines[3].split()[3] == f"{newest['value']:.4f}"
    assert lines[3].split()[-2:] == [f"{newest['serving']:.4f}", "refused"]
    assert "those that serve were left alone" in lines[-1]
    (folder / "p.html").unlink()


def test_what_a_runs_process_refuses_is_told_as_by_a_run(folder):
    where = folder / "held"
    (where / "turning").mkdir(parents=True)
    with locked(where / "turning", UsageError("this test holds it")):
        options = ["--config", str(folder / "turning.toml"), "--output", str(where), "--to-span", "2"]
        done = CliRunner().invoke(main, ["replay", *options])
    shutil.rmtree(where)
    assert (done.exit_code, "another run is going on" in done.stderr) == (2, True), done.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--from-span", "1", "--output", "{folder}/elsewhere"],
            "data.window = 2 asks for 2 spans up to 1",
        ),
        (["--from-span", "7"], "no span to replay from 7 to the latest"),
        (["--from-span", "2015-01-01"], "counts by {SPAN}; expected an integer"),
        (["--output", "{folder}/output"], "is where the real runs write"),
        (["--serving-dir", "{folder}/serving_model"], "is where the real runs write"),
    ],
)
def test_what_cannot_be_replayed_is_refused_before_anything_is_run(folder, options, words):
    given = [option.format(folder=folder) for option in options]
    done = CliRunner().invoke(main, ["replay", "--config", str(folder / "turning.toml"), *given])
    assert (done.exit_code, words in done.stderr) == (2, True), done.output
    assert not (folder / "elsewhere").exists()
