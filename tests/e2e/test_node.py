"""One node at a time: the same as a run in one go, and what fails or is killed can be tried again."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from collections import Counter

import pytest
from ml_metadata import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components import gate_report
from components.evaluator.metrics import results
from components.evaluator.metrics.names import CANDIDATE
from components.evaluator.metrics.slices import slice_name
from components.trainer import history
from pipeline.run import ir, report_finding, single_node
from tests.e2e.conftest import Workspace, tree
from tests.e2e.test_killed import KILLED_IN, complete_versions
from tests.e2e.test_model_gate import rewritten
from tests.made_records import schema_faults
from turnstile.metrics import METRICS

# Makes the named function raise, in a process that then runs the command.
FAILING_IN = """
import importlib, sys
module, name = {place!r}.rsplit(".", 1)

def failing(*args, **kwargs):
    raise RuntimeError("a disk that is full")

setattr(importlib.import_module(module), name, failing)
from pipeline.commands.main import main
sys.argv = ["turnstile", *{arguments!r}]
main()
"""


class Nodes:
    """A compiled pipeline in a folder of its own, of which single nodes are run."""

    def __init__(self, workspace, text, **overrides):
        self.workspace, self.file = workspace, workspace.folder / "ir.json"
        self.compile(text, **overrides)

    def compile(self, text, **overrides):
        ir.write(ir.compiled(self.workspace.config(text, **overrides)), self.file)

    def __call__(self, id_, run_id="run-1"):
        return single_node.run(ir.read(self.file), id_, run_id)

    def until(self, last, run_id="run-1"):
        """Runs every node before `last`, and it; returns the exit codes by id."""
        codes = {}
        for id_ in ir.graph(ir.read(self.file)):
            codes[id_] = self(id_, run_id).exit_code
            if id_ == last:
                break
        return codes

    def arguments(self, id_, run_id="run-1"):
        return ["node", id_, "--run-id", run_id, "--ir", str(self.file)]

    def command(self, id_, run_id="run-1"):
        """The same as a user types it; returns the finished process."""
        command = [sys.executable, "-m", "pipeline.commands.main", *self.arguments(id_, run_id)]
        return subprocess.run(command, capture_output=True, text=True)

    def record(self, run_id):
        """The record that a run has left, which is as its schema says."""
        found = json.loads((self.workspace.output / "small" / "runs" / run_id / "release.json").read_text())
        assert schema_faults(found) == []
        return found

    def artifact(self, id_, name):
        """The folder of the last artifact that a node made."""
        return max((self.workspace.output / "small" / id_ / name).iterdir(), key=lambda folder: int(folder.name))

    def artifacts(self):
        """How many artifacts there are of each type."""
        store = metadata_store.MetadataStore(connection(ir.database(ir.read(self.file))))
        return Counter(artifact.type for artifact in store.get_artifacts())

    def executions(self):
        store = metadata_store.MetadataStore(connection(ir.database(ir.read(self.file))))
        return Counter(execution.type.rsplit(".", 1)[-1] for execution in store.get_executions())


def connection(database):
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(database)
    return config


@pytest.fixture(scope="module")
def nodes(tmp_path_factory, small):
    """A pipeline of which nothing has been run; each test goes on where the one before it stopped."""
    return Nodes(Workspace(tmp_path_factory.mktemp("nodes")), small)


def test_a_node_waits_for_those_before_it(nodes):
    asked = nodes.command("Trainer")
    assert asked.returncode == 2
    assert "Trainer waits for ExampleGen, which has not succeeded in the run run-1; run it first" in asked.stderr
    assert set(nodes.until("Transform").values()) == {0}


def test_a_node_that_fails_says_why_in_its_last_lines(nodes):
    script = FAILING_IN.format(place="components.trainer.model.build_model", arguments=nodes.arguments("Trainer"))
    failed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert failed.returncode == 1
    *_, words, log = failed.stderr.strip().splitlines()
    assert words == "RuntimeError: a disk that is full"
    assert log == f"log: {nodes.workspace.output}/small/runs/run-1/Trainer.log"
    record = nodes.record("run-1")
    assert (record["outcome"], record["error"]) == ("failed", words)
    assert {each["id"]: each["state"] for each in record["components"]}["Trainer"] == "failed"
    assert (record["metrics"], record["training"], record["push"]) == ({}, None, None)


def test_a_node_that_is_killed_leaves_half_an_artifact(nodes):
    place = "components.trainer.serving_sample.write_logs"  # the model is exported, and is not recorded yet
    script = KILLED_IN.format(place=place, done=False, arguments=nodes.arguments("Trainer"))
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert nodes.artifacts()["Model"] == 0
    (half,) = (nodes.workspace.output / "small" / "Trainer" / "model").iterdir()
    (half / "Format-Serving" / "of the attempt before").touch()


def test_the_next_attempt_succeeds_and_nothing_is_left_of_those_before(nodes):
    assert nodes("Trainer").state == "done"
    assert nodes.executions()["Trainer"] == 1
    assert (nodes.artifacts()["Model"], nodes.artifacts()["ModelRun"]) == (1, 1)
    (model,) = (nodes.workspace.output / "small" / "Trainer" / "model").iterdir()
    assert not (model / "Format-Serving" / "of the attempt before").exists()


def test_the_last_node_pushes(nodes):
    assert set(nodes.until("Pusher").values()) == {0}  # those that are done are not done again
    assert len(complete_versions(nodes.workspace.serving)) == 1
    assert max(nodes.executions().values()) == 1


def test_the_record_tells_what_the_artifacts_say(nodes, trips):
    record = nodes.record("run-1")
    (version,) = nodes.workspace.serving.glob("small/*")
    own = json.loads((version / "assets.extra" / "release.json").read_text())
    assert schema_faults(own) == []
    later = ("time", "components", "seconds", "push")  # what the end of the run adds
    assert {k: v for k, v in own.items() if k not in later} == {k: v for k, v in record.items() if k not in later}
    assert (record["outcome"], record["error"], own["components"], own["seconds"]) == ("pushed", None, None, None)
    assert record["push"] == {"version": int(version.name), "model_dir": str(version), "labels": ["canary", "stable"]}
    assert own["push"] == record["push"] | {"labels": None}
    evaluation = results.metrics(str(nodes.artifact("Evaluator", "evaluation")), CANDIDATE)
    assert record["metrics"] == {name: evaluation[()][name] for name in METRICS["binary"]}
    assert {each["slice"]: each["metrics"]["accuracy"] for each in record["slices"]} == {
        slice_name(key): found["accuracy"] for key, found in evaluation.items() if key
    }
    cash = next(each for each in record["slices"] if each["slice"] == "payment_type=Cash")
    assert cash["metrics"]["auc"] is None  # nobody who pays in cash tips
    report = gate_report.read(nodes.artifact("Evaluator", "blessing"))
    assert [(each["kind"], each["value"]) for each in record["bounds"]] == [
        (each["bound"], each["value"]) for each in report["bounds"]
    ]
    assert record["training"] == history.read(nodes.artifact("Trainer", "model_run"))
    proof = gate_report.read(nodes.artifact("ServingValidator", "blessing"))
    assert record["serving_proof"] == {name: value for name, value in proof.items() if name != "reasons"}
    digest = hashlib.blake2b(trips.read_bytes(), digest_size=32).hexdigest()
    named = {"path": str(trips), "bytes": trips.stat().st_size, "digest": digest, "span": 0}
    assert (record["data"]["files"], record["data"]["file_count"]) == ([named], 1)
    assert record["data"]["rows"]["eval"] == record["metrics"]["example_count"]


def test_a_second_run_is_answered_from_cache_by_another_runner_too(nodes, small):
    before = tree(nodes.workspace.serving)
    states = {id_: nodes(id_, "manual__2026-11-26T00:00:00+00:00").state for id_ in ir.graph(ir.read(nodes.file))}
    assert set(states.values()) == {"cached"}
    a_report_is_written_when_it_is_asked_for(nodes.workspace.config(small), "manual__2026-11-26T00:00:00+00:00")
    whole = nodes.workspace.run(small)
    assert {component.state for component in whole.components} == {"cached"}
    assert tree(nodes.workspace.serving) == before


def a_report_is_written_when_it_is_asked_for(config, run_id):
    """A run of single nodes ends without one: no node knows that it is the last."""
    found = report_finding.find(config, "config.toml", run_id)
    assert not found.page.exists()
    html = report_finding.page_of(config, found).read_text()
    assert "pushed as version" in html
    assert html.count('class="chart"') == 4
    assert "could not be made" not in html


def test_the_next_model_is_compared_with_the_one_that_serves(nodes, small):
    nodes.compile(small.replace("[training]", "[training]\nseed = 8"))
    assert set(nodes.until("Pusher", "run-3").values()) == {0}
    first, second = sorted(nodes.workspace.serving.glob("small/*"))
    record = json.loads((second / "assets.extra" / "release.json").read_text())
    assert record["baseline_version"] == int(first.name)
    assert record["baseline"]["auc"] > 0.8
    before = json.loads((first / "assets.extra" / "release.json").read_text())
    files = "".join(f"{n} {d}\n" for n, d in before["digests"].items() if not n.startswith("assets.extra/"))
    digest = hashlib.sha256(files.encode()).hexdigest()
    assert record["baseline_identity"] == {"version": int(first.name), "run_id": "run-1", "digest": digest}
    assert record["slices"][0]["baseline"].keys() == record["slices"][0]["metrics"].keys()
    assert nodes.record("run-3")["differences"] == record["differences"]


def test_a_refused_model_is_not_pushed_whoever_asks(nodes, small):
    before = tree(nodes.workspace.serving)
    nodes.compile(small.replace("auc = { min = 0.85", "auc = { min = 0.999"))
    assert nodes.until("Evaluator", "run-4")["Evaluator"] == 10
    asked = nodes.command("Pusher", "run-4")
    assert asked.returncode == 10
    headline, reason = asked.stderr.strip().splitlines()[-2:]
    assert headline == "Refused by Evaluator; nothing was pushed."
    assert reason.startswith("  - auc (overall) is 0.9")
    record = nodes.record("run-4")
    assert (record["outcome"], record["push"], record["error"]) == ("refused", None, None)
    assert {each["metric"]: each["verdict"] for each in record["bounds"] if each["kind"] == "min"}["auc"] == "missed"
    assert tree(nodes.workspace.serving) == before


def test_a_model_that_the_rows_cannot_tell_of_may_be_refused_for_that(nodes, small):
    unsure = small.replace("auc = { min = 0.85", "auc = { min = 0.94")
    nodes.compile(unsure.replace("[release]", '[release]\nundecided = "refuse"'))
    assert nodes.until("Evaluator", "run-5")["Evaluator"] == 10
    record = nodes.record("run-5")
    assert (record["outcome"], record["push"], record["error"]) == ("undecided", None, None)
    (bound,) = (each for each in record["bounds"] if (each["metric"], each["kind"]) == ("auc", "min"))
    assert bound["low"] < bound["limit"] == 0.94 < bound["high"]


def test_bad_data_stops_at_the_data_gate(nodes, small, trips, tmp_path):
    data = rewritten(trips, tmp_path / "negative.csv", lambda rows: [row | {"fare": "-5"} for row in rows])
    nodes.compile(small, data__path=str(data))
    before = nodes.executions()
    codes = nodes.until("Transform", "run-6")
    assert (codes["DataGate"], codes["Transform"]) == (11, 11)
    assert nodes.executions()["Transform"] == before["Transform"]
    again = nodes.command("DataGate", "run-6")
    assert again.returncode == 11
    assert "Refused by DataGate; nothing was trained." in again.stderr.splitlines()[-4:]
    record = nodes.record("run-6")
    assert (record["outcome"], record["error"], record["training"]) == ("data stopped", None, None)
    assert [(gate["gate"], gate["verdict"]) for gate in record["gates"]] == [("DataGate", "refused")]
    assert record["data_gate"]["reasons"] == record["gates"][0]["reasons"]
    assert {(each["split"], each["column"]) for each in record["data_gate"]["anomalies"]} >= {("train", "fare")}
    assert record["data"]["rows"].keys() == {"train", "eval"}


def test_a_file_that_is_no_table_stops_at_the_first_node(nodes, small, trips, tmp_path):
    (tmp_path / "cut.csv").write_bytes(trips.read_bytes()[:-20])
    nodes.compile(small, data__path=str(tmp_path / "cut.csv"))
    asked = nodes.command("ExampleGen", "run-7")
    assert asked.returncode == 11
    headline, reason = asked.stderr.strip().splitlines()[-2:]
    assert headline == "Refused by ExampleGen; nothing was trained."
    assert "was the file cut off" in reason
    record = nodes.record("run-7")
    assert (record["outcome"], record["data_gate"]) == ("data stopped", None)
    assert [gate["gate"] for gate in record["gates"]] == ["ExampleGen"]


def test_a_node_that_is_running_is_not_started_again(nodes):
    with single_node.folder.alone(single_node.folder.node_log(ir.root(ir.read(nodes.file)), "run-8", "ExampleGen")):
        asked = nodes.command("ExampleGen", "run-8")
    assert asked.returncode == 1
    assert asked.stderr.strip() == "turnstile: ExampleGen is running already in the run run-8; wait for it"
