"""Whole runs of the compiled Kubeflow spec: a push, a second one compared with it, and every "no"."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from serving.releases import release_record
from serving.releases.version_folders import versions
from tests import made_data
from tests.kubeflow_local import LocalKubeflow

pytestmark = pytest.mark.timeout(1200)

ROOT = Path(__file__).parents[2]
ROWS = 3000
TEXT = {"company", "payment_type"}
# The test-sized config on a table as a spreadsheet writes it, with kinds of features, names and a label of all forms.
NAMES = {"fare": "Fare ($)", "trip_miles": "länge.m", "trip_start_timestamp": "started at", "company": "company, note"}
CHANGES = {
    'path = "data/taxi/trips.csv"': 'path = "data/taxi/trips.csv"\nseparator = ";"\ndecimal = ","',
    'schema_path = "data/taxi/schema.pbtxt"': 'schema_path = "{folder}/schema.pbtxt"',
    'kind = "ratio_above"': 'kind = "binary"',
    'numerator = "tips"': 'column = "tips"',
    'denominator = "fare"': 'decision = "f1"',
    "threshold = 0.2": "above = 1.5",
    "fare = {": '"Fare ($)" = {',
    "trip_miles = {": '"länge.m" = {',
    'company = { kind = "vocabulary", top_k = 5, oov_buckets = 2 }': """"company, note" = { kind = "text", top_k = 50 }
"started at" = { kind = "time", unit = "s" }
"by card?" = { kind = "boolean" }
pickup_community_area = { kind = "vocabulary", top_k = 20 }""",
}
SCHEDULE = "\n[schedule]\nretries = 1\nretry_seconds = 1\n"


class Installation:
    """A Kubeflow with a pipeline compiled for it, a volume that it pushes to, and two tables of trips."""

    def __init__(self, folder: Path):
        self.volume = folder / "volume"
        self.serving = self.volume / "serving_model"
        self.spec = _compiled(folder, self.volume, self.serving)
        with (ROOT / made_data.TRIPS).open(newline="") as file:
            rows = list(csv.DictReader(file))
        self.trips = _written(folder / "trips.csv", rows[:ROWS])
        self._kubeflow = LocalKubeflow(folder, _app(folder))

    def run(self, data: Path, **how):
        """Runs the pipeline on other data than it was compiled with."""
        return self._kubeflow.run(self.spec, data=str(data), **how)

    @property
    def versions(self) -> list[Path]:
        """The pushed versions."""
        return versions(self.serving / "small")


def _written(path: Path, rows: list[dict[str, str]]) -> Path:
    """Writes trips with semicolons, decimal commas and the names of NAMES; returns the path."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([*(NAMES.get(name, name) for name in rows[0]), "by card?"])
        for row in rows:
            cells = [cell if name in TEXT else cell.replace(".", ",") for name, cell in row.items()]
            writer.writerow([*cells, "yes" if row["payment_type"] == "Credit Card" else "no"])
    return path


def _compiled(folder: Path, volume: Path, serving: Path) -> Path:
    config, spec = folder / "small.toml", folder / "small.yaml"
    text = (ROOT / "configs/small.toml").read_text()
    for before, after in CHANGES.items():
        assert before in text
        text = text.replace(before, after.replace("{folder}", str(folder)))
    config.write_text(text + SCHEDULE)
    schema = (ROOT / "data/taxi/schema.pbtxt").read_text()
    for before, after in NAMES.items():
        schema = schema.replace(f'name: "{before}"', f'name: "{after}"', 1)
    (folder / "schema.pbtxt").write_text(schema + 'feature { name: "by card?" type: BYTES }\n')
    where = ["--volume", f"serving-model:{volume}", "--serving-dir", serving, "-o", spec]
    turnstile = Path(sys.executable).with_name("turnstile")
    command = [turnstile, "compile", "kubeflow", "--config", config, "--image", "turnstile:1", *where]
    subprocess.run(command, check=True, cwd=ROOT, timeout=120)
    return spec


def _app(folder: Path) -> Path:
    """The image's working folder: it has the data and the schema, and the project is installed elsewhere."""
    app = folder / "app"
    app.mkdir()
    (app / "data").symlink_to(ROOT / "data")
    return app


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    return Installation(tmp_path_factory.mktemp("kubeflow"))


@pytest.fixture(scope="module")
def first(installation):
    """The first run; the pod of its Trainer is killed once."""
    return installation.run(installation.trips, killed=["Trainer"])


@pytest.fixture(scope="module")
def second(installation, first):
    """A run that must be as good as the first, which as many rows cannot tell."""
    reached = release_record.read(installation.versions[0])["metrics"]["auc"]
    return installation.run(installation.trips, auc_min=reached, auc_max_drop=0.2)


def states(tasks):
    return {id_: task.state for id_, task in tasks.items()}


def reasons(log: str) -> list[str]:
    """The last lines of a task that said no, from the headline on."""
    lines = log.splitlines()
    start = max(number for number, line in enumerate(lines) if line.startswith("Refused by"))
    return lines[start:]


def test_a_run_pushes_a_version(installation, first):
    assert set(states(first).values()) == {"succeeded"}, first
    record = release_record.read(installation.versions[0])
    assert record["data"]["path"] == str(installation.trips)
    assert record["data"]["fingerprint"].startswith("split:all,num_files:1,")
    assert record["thresholds"]["overall"] == {"auc": {"min": 0.85, "max_drop": 0.05}}
    assert record["baseline_version"] is None
    assert (installation.serving / "models.config").exists()


def test_a_killed_task_is_tried_again(first):
    assert {id_: task.attempts for id_, task in first.items() if task.attempts != 1} == {"Trainer": 2}


def test_tasks_say_what_they_did(first):
    assert all(task.log.strip().endswith(f"{id_} is done") for id_, task in first.items())
    assert "answers 64 real rows as when it was trained" in first["ServingValidator"].log
    of_tensorflow = "WARNING: All log messages before absl"  # which 2.21 cannot be kept from saying
    assert "WARNING:" not in first["Transform"].log.replace(of_tensorflow, "")


def test_artifacts_carry_what_later_tasks_need(first):
    examples = first["ExampleGen"].outputs["examples"]["metadata"]
    assert json.loads(examples["split_names"]) == ["train", "eval"]
    assert examples["custom:span"] == 0
    assert first["DataGate"].outputs["blessing"]["type"]["instanceSchema"].startswith("title: turnstile.DataBlessing")


def test_a_second_run_is_compared_with_what_serves(installation, second):
    assert set(states(second).values()) == {"succeeded"}, second
    before, after = installation.versions
    record = release_record.read(after)
    assert record["baseline_version"] == int(before.name)
    assert record["baseline"]["auc"] > 0.8
    reached = record["baseline"]["auc"]
    assert record["thresholds"]["overall"]["auc"] == {"min": pytest.approx(reached), "max_drop": 0.2}
    assert record["run_id"] != release_record.read(before)["run_id"]


def test_a_model_that_the_rows_leave_undecided_is_pushed_and_says_so(installation, second):
    record = release_record.read(installation.versions[1])
    (evaluator,) = (gate for gate in record["gates"] if gate["gate"] == "Evaluator")
    assert (evaluator["passed"], evaluator["verdict"]) == (True, "undecided")
    least = record["thresholds"]["overall"]["auc"]["min"]
    assert f"eval rows cannot tell whether it is at least {least:g}; " in evaluator["warnings"][0]


def test_a_refused_model_is_not_pushed(installation, second):
    tasks = installation.run(installation.trips, auc_min=0.999)
    assert len(installation.versions) == 2
    assert tasks["Evaluator"].state == "failed"
    assert (tasks["Evaluator"].exit_code, tasks["Evaluator"].attempts) == (10, 1)
    headline, *why = reasons(tasks["Evaluator"].log)
    assert headline == "Refused by Evaluator; nothing was pushed."
    assert len(why) == 1
    assert why[0].startswith("  - auc (overall) is 0.")
    assert why[0].endswith("expected at least 0.999")
    assert tasks["Pusher"].state == "skipped"


def test_bad_data_stops_at_the_data_gate(installation, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text(installation.trips.read_text().replace(";Cash;", ";Barter;"))
    tasks = installation.run(bad)
    assert (tasks["DataGate"].exit_code, tasks["DataGate"].attempts) == (11, 1)
    headline, *why = reasons(tasks["DataGate"].log)
    assert headline == "Refused by DataGate; nothing was trained."
    assert "payment_type" in why[0]
    assert "Barter" in why[0]
    assert {id_ for id_, state in states(tasks).items() if state == "skipped"} >= {"Transform", "Trainer", "Pusher"}


def test_files_that_cannot_be_read_stop_at_the_first_task(installation, tmp_path):
    torn = tmp_path / "torn.csv"
    torn.write_text(installation.trips.read_text() + "1;2\n")
    tasks = installation.run(torn)
    assert tasks["ExampleGen"].exit_code == 11
    assert f"{torn}: line" in reasons(tasks["ExampleGen"].log)[1]
    assert {state for id_, state in states(tasks).items() if id_ not in ("ExampleGen", "ImportSchemaGen")} == {
        "skipped"
    }


def test_a_wrong_threshold_stops_at_the_first_task(installation):
    tasks = installation.run(installation.trips, auc_min=2.0)
    assert tasks["ExampleGen"].exit_code == 2
    assert "auc: min = 2 can never be met" in tasks["ExampleGen"].log
    assert {state for id_, state in states(tasks).items() if id_ != "ExampleGen"} <= {"skipped", "failed"}
