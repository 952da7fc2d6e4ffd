"""Whole runs on data in a store, by the commands that a user types."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stores.servers import Amazon, without

ROOT = Path(__file__).parent.parent.parent
ROWS = 1200


class Pipeline:
    """A pipeline whose data is in a store, and all else in a folder."""

    def __init__(self, folder, store):
        self.folder, self.store, self.config = folder, store, folder / "config.toml"
        self.path = f"{store.root}/days/{{SPAN}}/*.csv.gz"
        text = (ROOT / "configs/small.toml").read_text()
        self.config.write_text(text.replace('path = "data/taxi/trips.csv"', f'path = "{self.path}"\nwindow = 2'))
        header, *rows = (ROOT / "data/taxi/trips.csv").read_bytes().splitlines(keepends=True)
        for span in (1, 2, 3):
            content = header + b"".join(rows[span * ROWS : (span + 1) * ROWS])
            (folder / f"{span}.csv").write_bytes(content)
            store.put(f"days/{span}/part-0.csv.gz", gzip.compress(content))

    def __call__(self, *words, code=0, errors=False):
        command = [sys.executable, "-m", "pipeline.commands.main", *map(str, words), "--config", str(self.config)]
        done = subprocess.run(
            [*command, "--serving-dir", str(self.folder / "serving")],
            cwd=ROOT, env=without(self.store.environment), capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
        return done.stderr if errors else done.stdout

    def run(self):
        return json.loads(self("run", "--output", self.folder / "output", "--json"))


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A pipeline that has had one run."""
    store = Amazon(tmp_path_factory.mktemp("store"))
    pipeline = Pipeline(tmp_path_factory.mktemp("run"), store)
    pipeline.first = pipeline.run()
    yield pipeline
    store.end()


def states(result):
    return {each["state"] for each in result["components"]}


def test_a_run_on_a_store_is_pushed_and_the_same_again_is_answered_from_cache(ran):
    again = ran.run()
    assert (ran.first["blessed"], again["pushed_version"]) == (True, ran.first["pushed_version"])
    assert states(again) == {"cached"}
    record = json.loads((Path(again["model_dir"]) / "assets.extra/release.json").read_text())
    assert record["data"]["path"] == ran.path
    assert [(each["span"], each["rows"]) for each in record["data"]["spans"]] == [(2, ROWS), (3, ROWS)]


def test_batch_and_predict_answer_rows_that_are_in_a_store(ran):
    model = ("--model", ran.first["model_dir"])
    for name, data in {"here": ran.folder / "3.csv", "there": f"{ran.store.root}/days/3/*.csv.gz"}.items():
        ran("batch", data, "--out", ran.folder / name, *model)
    manifest = json.loads((ran.folder / "there/manifest.json").read_text())
    (file,) = manifest["asked"]["input"]
    assert (manifest["answered"], file["name"]) == (ROWS, "part-0.csv.gz")
    assert file["content"].startswith("ETag ")
    answers = [(ran.folder / name / "answers-00000-of-00001.csv").read_text() for name in ("here", "there")]
    assert answers[0] == answers[1]
    predicted = ran("predict", f"{ran.store.root}/days/3/part-0.csv.gz", *model, "--format", "csv")
    assert predicted == answers[0]


def test_lineage_knows_which_version_was_trained_on_an_object(ran):
    places = ("--output", ran.folder / "output", "--json")
    trained = json.loads(ran("lineage", f"{ran.store.root}/days/3/part-0.csv.gz", *places))
    assert ran.first["pushed_version"] in json.dumps(trained)
    refused = ran("lineage", f"{ran.store.root}/days/1/part-0.csv.gz", *places)  # out of the window
    assert ran.first["pushed_version"] not in refused
    assert "is no address that is read" in ran("lineage", "hdfs://x/y.csv", *places, code=2, errors=True)


def test_watch_sees_that_nothing_has_changed_in_the_store(ran):
    told = json.loads(ran("watch", "--once", "--output", ran.folder / "output", "--json"))
    assert told["runs"] == []


@pytest.mark.parametrize("address", ["s3://no-such-bucket/{SPAN}.csv", "s3://trips/none/{SPAN}/*.csv"])
def test_data_that_is_not_there_is_one_sentence_and_nothing_is_run(ran, address):
    told = ran("run", "--data", address, "--output", ran.folder / "output-none", code=2, errors=True)
    assert told.startswith(f"turnstile: {address}: ")
    assert "Correct the address. An object is also taken for absent if the credentials do not show it" in told
    assert (told.count("\n"), list(ran.folder.glob("output-*"))) == (1, [])
