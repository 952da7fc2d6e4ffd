"""Whole runs whose metadata are on a server, by the commands that a user types."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import metadata
from tests import made_data
from tests.database import mariadb

ROOT = Path(__file__).parent.parent.parent
ROWS = 3000


class Pipeline:
    """A pipeline with folders of its own, and a database on the server."""

    def __init__(self, folder, server, name):
        self.folder, self.config = folder, folder / "config.toml"
        self.data = made_data.trips(folder / "trips.csv", ROWS)
        text = (ROOT / "configs/small.toml").read_text().replace('name = "small"', f'name = "{name}"')
        self.write(f'metadata = "{server.url(name)}"\n{text}')
        (folder / "password").write_text(f"{mariadb.PASSWORD}\n")

    def write(self, text):
        self.config.write_text(text.replace('path = "data/taxi/trips.csv"', f'path = "{self.data}"'))

    def start(self, *words, **environment):
        given = {name: value for name, value in os.environ.items() if name not in (metadata.PASSWORD, "MYSQL_PWD")}
        given |= {metadata.PASSWORD_FILE: str(self.folder / "password")} | environment
        command = [sys.executable, "-m", "pipeline.commands.main", *map(str, words)]
        return subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def done(self, process, code=0):
        output, errors = process.communicate(timeout=300)
        assert (process.returncode, "Traceback" in errors) == (code, False), errors
        return output, errors

    def __call__(self, *words, code=0, **environment):
        return self.done(self.start(*words, "--config", self.config, *self.places, **environment), code)

    @property
    def places(self):
        return ["--output", str(self.folder / "output")]

    def run(self, code=0):
        output, errors = self("run", "--serving-dir", self.folder / "serving", "--json", code=code)
        return json.loads(output) | {"errors": errors}


@pytest.fixture(scope="module")
def ran(server, tmp_path_factory):
    """A pipeline that has had one run."""
    pipeline = Pipeline(tmp_path_factory.mktemp("on-a-server"), server, "small")
    pipeline.first = pipeline.run()
    return pipeline


def states(result):
    return {each["id"]: each["state"] for each in result["components"]}


def test_a_run_is_pushed_and_the_same_again_is_answered_from_cache(ran):
    again = ran.run()
    assert (ran.first["blessed"], again["pushed_version"]) == (True, ran.first["pushed_version"])
    assert set(states(again).values()) == {"cached"}
    assert not list(ran.folder.rglob("metadata.db"))


def test_every_command_that_reads_metadata_reads_the_server(ran):
    version, run_id = ran.first["pushed_version"], ran.first["run_id"]
    serving = ("--serving-dir", ran.folder / "serving")
    listed, _ = ran("history", *serving, "--json")
    assert run_id in {each["run_id"] for each in json.loads(listed)["runs"]}
    assert str(ran.data) in ran("lineage", version, *serving, "--json")[0]
    assert Path(ran("dashboard", *serving)[0].strip()).exists()
    page = Path(ran("report", run_id, *serving)[0].strip())
    page.unlink()
    assert ran("report", run_id, *serving)[0].strip() == str(page)  # written again, from what the server knows
    assert page.exists()
    assert "auc" in ran("gate")[0]
    assert f"{run_id}: kept" in ran("clean", "--keep-runs", "1", "--dry-run", *serving)[0]
    refused = ran("override", "no-such-run", "--why", "a test", *serving, code=2)[1]
    assert f"{mariadb.USER}@127.0.0.1" in refused
    assert "has no run 'no-such-run'" in refused


def test_the_password_is_in_no_file_and_no_output(ran):
    said = ran("compile", "ir", "-o", ran.folder / "ir.json")
    written = [path for path in ran.folder.rglob("*") if path.is_file() and path.name != "password"]
    assert len(written) > 50
    secret = mariadb.PASSWORD.encode()
    forms = [secret, json.dumps(mariadb.PASSWORD).strip('"').encode(), repr(mariadb.PASSWORD).strip("'\"").encode()]
    assert [path for path in written if any(form in path.read_bytes() for form in forms)] == []
    assert mariadb.PASSWORD not in "".join(said)


def test_a_database_belongs_to_one_pipeline_in_one_folder(ran, tmp_path):
    text = ran.config.read_text()
    try:
        ran.config.write_text(text.replace('name = "small"', 'name = "other"'))
        assert "holds runs of the pipeline 'small', and this one is 'other'" in ran.run(code=2)["errors"]
    finally:
        ran.config.write_text(text)
    elsewhere = ran.start("run", "--config", ran.config, "--output", tmp_path, "--serving-dir", tmp_path)
    assert "holds runs of another folder" in ran.done(elsewhere, code=2)[1]


def test_nodes_of_two_runs_at_once_in_two_processes(ran):
    file = ran.folder / "ir.json"
    ran("compile", "ir", "-o", file, "--serving-dir", ran.folder / "serving")
    for id_ in ("ExampleGen", "StatisticsGen"):  # the second sees in the server that the first of its run is done
        both = [ran.start("node", id_, "--ir", file, "--run-id", f"at-once-{n}", "--json") for n in range(2)]
        results = [json.loads(ran.done(process)[0]) for process in both]
        assert {each["state"] for each in results} <= {"done", "cached"}


def test_a_server_that_goes_away_in_a_run_costs_that_run_only(server, tmp_path):
    pipeline = Pipeline(tmp_path, server, "away")
    process = pipeline.start(
        "run", "--config", pipeline.config, *pipeline.places, "--serving-dir", tmp_path / "serving", "--json"
    )
    while not list((tmp_path / "output/away").glob("Trainer/model_run/*")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    server.kill()
    try:
        output, errors = pipeline.done(process, code=1)
    finally:
        server.start()
    assert "the server does not answer" in json.loads(output)["error"]
    assert "the stages that were done are kept" in errors
    assert not list((tmp_path / "serving").rglob("saved_model.pb"))
    again = pipeline.run()
    assert again["blessed"]
    assert {states(again)[id_] for id_ in ("ExampleGen", "StatisticsGen", "Transform")} == {"cached"}
