"""The pipeline under a real Airflow: runs that succeed, fail and are tried again, and are refused."""

from __future__ import annotations

import datetime
import json
import re
import stat
import subprocess
import sys
import urllib.error
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from components.example_gen import input_record
from pipeline import config_file
from pipeline.schedulers.airflow import dag_text
from serving.releases import release_record
from tests import made_data
from tests.e2e.test_model_gate import rewritten
from tests.made_versions import versions
from tests.schedulers.airflow_server import AirflowServer

# `turnstile`, but for a node of which there is a file in a folder: the first attempt, which removes the file, ends in
# the middle of its work.
TROUBLED = """#!{python}
import importlib, os, pathlib, signal, sys

def ends(*_, **__):
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise RuntimeError("injected")

trouble = pathlib.Path({trouble!r}, sys.argv[2])
if sys.argv[1] == "node" and trouble.exists():
    how, place = trouble.read_text().split()
    trouble.unlink()
    module, name = place.rsplit(".", 1)
    setattr(importlib.import_module(module), name, ends)
from pipeline.commands.main import entry
entry()
"""

SCHEDULE = """
[schedule]
retries = 2
retry_seconds = 1
reports_url = "http://127.0.0.1:8090/"
"""


class Project:
    """A config, its data, and where its runs write; under an Airflow of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.data = made_data.trips(folder / "trips.csv")
        self.serving = folder / "serving_model"
        self.config = folder / "small.toml"
        self.command = folder / "turnstile"
        (folder / "trouble").mkdir()
        self.command.write_text(TROUBLED.format(python=sys.executable, trouble=str(folder / "trouble")))
        self.command.chmod(0o755)
        self.write()

    def write(
        self, name: str = "small", path: Path | None = None, schedule: str = SCHEDULE, seed: int = 7, bounds: str = ""
    ) -> None:
        text = Path("configs/small.toml").read_text().replace('name = "small"', f'name = "{name}"')
        text = text.replace("data/taxi/trips.csv", str(path or self.data))
        text = text.replace("[training]", f"[training]\nseed = {seed}")
        self.config.write_text(text + bounds + schedule)

    def dag(self) -> str:
        """The compiled DAG, with the troubled command in place of the real one."""
        folders = ["--output", f"{self.folder}/output", "--serving-dir", str(self.serving)]
        self._turnstile("compile", "airflow", *folders, "--out", f"{self.folder}/dag.py")
        text = (self.folder / "dag.py").read_text()
        return re.sub(r"^TURNSTILE = .*$", f'TURNSTILE = "{self.command}"', text, flags=re.MULTILINE)

    def trouble(self, node: str, how: str, place: str) -> None:
        (self.folder / "trouble" / node).write_text(f"{how} {place}")

    def versions(self) -> list[dict]:
        """The pushed versions, oldest first, with their records."""
        if not self.serving.exists():
            return []
        found = json.loads(self._turnstile("models", "--serving-dir", str(self.serving), "--json"))
        return sorted(found["versions"], key=lambda version: version["version"])

    def _turnstile(self, *arguments: str) -> str:
        command = [Path(sys.executable).with_name("turnstile"), *arguments, "--config", self.config]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("project"))


# Compiles and runs no node; the other commands are the real ones.
NO_NODES = """#!/bin/sh
for word; do case $word in --out=*) file=${{word#--out=}};; esac; done
case $1 in
compile) mkdir -p "${{file%/*}}"; echo '{graph}' > "${{file%.json}}.graph.json" ;;
node) ;;
*) exec {python} -m pipeline.commands.main "$@" ;;
esac
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A folder with a version that waits for approval, and with the DAG `asked` of a pipeline that has pushed it."""
    folder = tmp_path_factory.mktemp("asked")
    versions(folder, 7, name="asked")
    record = {"thresholds": {"approval": "required"}, "metrics": {"auc": 0.95432}}
    release_record.write(folder / "asked" / "7", record)
    (folder / "asked.toml").write_text('name = "asked"\n')
    (folder / "turnstile").write_text(NO_NODES.format(graph='{"Pusher": []}', python=sys.executable))
    (folder / "turnstile").chmod(0o755)
    folders = {"output": str(folder), "serving__dir": str(folder)}
    config = config_file.load("configs/small.toml", name="asked", release__approval="required", **folders)
    text = dag_text(config, {"Pusher": []}, str(folder / "asked.toml"), None, Path.cwd(), folder / "turnstile")
    (folder / "dag.py").write_text(text)
    return folder


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, project, asked):
    """An Airflow that has the DAGs `small` and `asked`."""
    with AirflowServer(tmp_path_factory.mktemp("airflow")) as server:
        server.add("asked", (asked / "dag.py").read_text())
        server.add("small", project.dag())
        yield server


def listening(processes: list[psutil.Process]) -> set[str]:
    """The addresses at which processes accept connections."""
    found = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # one that reads DAGs lives for a moment
            found += process.net_connections(kind="tcp")
    return {connection.laddr.ip for connection in found if connection.status == psutil.CONN_LISTEN}


def test_only_this_machine_and_only_the_password_gets_in(airflow):
    assert listening(airflow.processes()) == {"127.0.0.1"}
    for file in (airflow.passwords, airflow.home / "airflow.cfg", airflow.home / "airflow.db"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for password in ("admin", "airflow"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            airflow.log_in(password)


def report(run):
    """The link to a run's report."""
    return f"[Report](http://127.0.0.1:8090/runs/{urllib.parse.quote(run.id)}/report.html)"


def test_a_dag_is_parsed_within_a_second(airflow):
    assert airflow.ask("GET", "/api/v2/dags/small")["last_parse_duration"] < 1


def test_a_trainer_that_fails_is_tried_again_and_a_version_is_pushed(airflow, project):
    project.trouble("Trainer", "raise", "components.trainer.model.build_model")
    run = airflow.run("small")
    tasks = run.tasks()
    assert run.state == "success", tasks
    assert tasks.pop("Trainer") == ("success", 2)
    assert set(tasks.values()) == {("success", 1)}
    assert any("injected" in line for line in run.lines("Trainer"))
    assert [version["labels"] for version in project.versions()] == [["canary", "stable"]]
    assert run.note == report(run)


def test_a_killed_task_is_tried_again_and_the_model_before_is_the_baseline(airflow, project):
    """What is as before comes from the cache. The rows leave this model undecided: it must be as good as that."""
    reached = project.versions()[0]["metrics"]["accuracy"]
    project.write(seed=8, bounds=f"accuracy = {{ min = {reached} }}\n")
    project.trouble("Trainer", "kill", "components.trainer.signatures.export")
    run = airflow.run("small")
    tasks = run.tasks()
    assert run.state == "success", tasks
    assert tasks["Trainer"] == ("success", 2)
    assert "SIGKILL" in json.dumps(run.log("Trainer"))
    for node in ("ExampleGen", "StatisticsGen", "Transform"):
        assert any(re.match(rf"{node} +cached", line) for line in run.lines(node)), node
    first, second = project.versions()
    assert second["baseline"]["auc"] == first["metrics"]["auc"]
    assert (second["labels"], second["gates"][1]["verdict"]) == (["canary"], "undecided")


def test_a_model_that_is_not_good_enough_is_refused_once(airflow, project):
    before = project.versions()
    project.write(bounds="accuracy = { min = 0.9999 }\n")
    run = airflow.run("small")
    tasks = run.tasks()
    assert (run.state, tasks["Evaluator"], tasks["Pusher"]) == ("failed", ("failed", 1), ("upstream_failed", 0))
    assert project.versions() == before
    assert run.note.startswith("Refused by Evaluator; nothing was pushed.\n  - ")
    assert "\n  - accuracy (overall) is 0." in run.note
    *reasons, _, link = run.note.splitlines()
    assert reasons == run.lines("Evaluator")[-len(reasons) :]
    assert link == report(run)


def test_data_that_is_not_as_agreed_is_refused_once(airflow, project):
    def not_as_agreed(rows):
        return [row | {"payment_type": "Seashells"} for row in rows]

    data = rewritten(project.data, project.folder / "seashells.csv", not_as_agreed)
    run = airflow.run("small", data=str(data))
    tasks = run.tasks()
    assert (run.state, tasks["DataGate"], tasks["Trainer"]) == ("failed", ("failed", 1), ("upstream_failed", 0))
    assert run.note.startswith("Refused by DataGate; nothing was trained.\n  - ")
    assert "payment_type" in run.note


def test_a_param_is_a_word_of_the_command_and_no_more(airflow, project):
    run = airflow.run("small", config=f"$(touch {project.folder}/made); touch {project.folder}/made", data="--help")
    assert (run.state, run.tasks()["compile"]) == ("failed", ("failed", 1))
    assert run.note.startswith("compile: ")
    assert "no such config file" in run.note
    assert not (project.folder / "made").exists()


def test_a_dag_of_other_stages_says_that_it_is_out_of_date(airflow, project):
    text = project.config.read_text()
    project.config.write_text(re.sub(r"schema_path = .*\n", "", text))  # SchemaGen instead of ImportSchemaGen
    run = airflow.run("small")
    project.config.write_text(text)
    assert (run.state, run.tasks()["compile"]) == ("failed", ("failed", 1))
    assert run.note.endswith("turnstile compile airflow")


def test_a_version_that_waits_is_released_by_what_a_person_says_in_airflow(airflow, asked):
    """The task that asks is in no worker meanwhile: Airflow calls its state awaiting_input."""
    run = airflow.start("asked")
    run.wait_for("approval", "awaiting_input")
    question = run.question("approval")
    assert (question["subject"], question["options"]) == ("Release version 7?", ["Approve", "Reject"])
    assert "| auc | 0.9543 |" in question["body"]
    run.answer("approval", "Approve", why="-- looked at 'it'")
    run.wait_for("release", "success")
    entry = json.loads((asked / "releases.jsonl").read_text())
    assert (entry["action"], entry["version"], entry["why"]) == ("approve", 7, "-- looked at 'it'")
    assert entry["who"].startswith("admin via ")


def test_a_scheduled_run_takes_the_window_up_to_the_day_of_its_interval_and_can_be_stopped(airflow, project):
    today = datetime.datetime.now(datetime.UTC).date()
    before, yesterday = (today - datetime.timedelta(days=days) for days in (2, 1))
    for skip, day in enumerate((before, yesterday, today)):
        made_data.trips(project.folder / f"trips-{day}.csv", 500 + skip)
    by_day = project.folder / "trips-{YYYY}-{MM}-{DD}.csv"
    project.write("daily", by_day, f'{SCHEDULE}cron = "@daily"\n')
    window = 'window = 2\nevery = "day"\neval_on = "newest"\n\n[label]'
    project.config.write_text(project.config.read_text().replace("[label]", window))
    airflow.add("daily", project.dag())
    run = airflow.scheduled("daily")
    run.wait_for("compile", "success")
    assert f"--span={yesterday}" in run.lines("compile")[0]

    run.wait_for("ExampleGen", "success")
    run.wait_for("StatisticsGen", "running")
    run.stop()
    run.wait_until_gone()
    (examples,) = (project.folder / "output" / "daily" / "ExampleGen" / "examples").iterdir()
    assert [Path(file.path).name for file in input_record.read(str(examples))] == [
        f"trips-{day}.csv" for day in (before, yesterday)
    ]
