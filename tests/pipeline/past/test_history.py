"""What the history says of runs that left no record, or no version, and which runs are none of its own."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.proto.orchestration import execution_result_pb2

from components import gate_report
from pipeline.commands.main import main
from tests.made_metadata import execution, opened

DONE, FAILED, RUNNING = mlmd.Execution.COMPLETE, mlmd.Execution.FAILED, mlmd.Execution.RUNNING


@pytest.fixture
def root(tmp_path):
    (tmp_path / "small").mkdir()
    return tmp_path / "small"


def history(root, *arguments):
    options = ["--output", str(root.parent), "--serving-dir", str(root.parent / "serving_model")]
    done = CliRunner().invoke(main, ["history", "--config", "configs/small.toml", *options, *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def outcomes(root, *arguments):
    runs = json.loads(history(root, "--json", *arguments))["runs"]
    return {run["run_id"]: run["outcome"] for run in runs}


def test_where_there_were_no_runs_there_are_none_to_list(root):
    assert outcomes(root) == {}
    assert history(root) == f"There is no such run in {root}.\n"
    assert list(root.iterdir()) == []


def test_runs_without_a_record_are_told_by_what_their_gates_said(root):
    store = opened(root / "metadata.db")
    refusal = execution_result_pb2.ExecutionResult(code=gate_report.REFUSED, result_message="DataGate\nfare: too high")
    execution(store, "killed", "ExampleGen", DONE, "Examples")
    execution(store, "killed", "Transform", RUNNING)
    execution(store, "stopped", "ExampleGen", DONE, "Examples")
    execution(store, "stopped", "DataGate", FAILED, result=refusal)
    assert outcomes(root) == {"stopped": "data stopped", "killed": "unfinished"}
    assert outcomes(root, "--outcome", "unfinished") == {"killed": "unfinished"}


def test_what_schema_infer_and_tune_ran_is_not_listed_but_an_override_is(root):
    store = opened(root / "metadata.db")
    execution(store, "overridden", "Pusher", DONE, "PushedModel")
    for node in ("ExampleGen", "StatisticsGen"):
        execution(store, "inferred", node, DONE, node)
    for node in ("ExampleGen", "StatisticsGen", "Transform", "Tuner"):
        execution(store, "tuned", node, DONE, node)
    assert list(outcomes(root)) == ["overridden"]


def test_a_record_says_how_a_run_ended_and_a_table_of_it_fits_a_terminal(root):
    execution(opened(root / "metadata.db"), "20261128T234044.651339", "Evaluator", DONE, "ModelEvaluation")
    record = {
        "outcome": "undecided",
        "seconds": 3_601.4,
        "metrics": {"log_loss": 0.3, "auc": 0.95123},
        "intervals": {"auc": {"low": 0.93, "high": 0.97}},
        "thresholds": {"overall": {"auc": {"min": 0.9}}},
        "data": {"rows": {"train": 1_000_000, "eval": 234_567}},
        "push": {"version": 1795909308, "model_dir": "there"},
    }
    (root / "runs" / "20261128T234044.651339").mkdir(parents=True)
    (root / "runs" / "20261128T234044.651339" / "release.json").write_text(json.dumps(record))
    lines = history(root).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[1].split()[2:] == ["60", "min", "undecided", "auc", "1795909308", "1,234,567", "rows"]
    assert lines[2].split() == ["20261128T234044.651339", "0.9512", "±", "0.020", "removed"]
