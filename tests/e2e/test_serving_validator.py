"""Exports that must not reach serving: spoiled between the trainer and the gate, in real runs."""

from __future__ import annotations

import inspect
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

from components.trainer import signatures
from components.trainer.signatures import export
from pipeline.run.override import override
from serving.model.protos import prediction_log_pb2
from serving.model.saved_model import SavedModel
from serving.model.warmup import WARMUP, read
from tests.e2e.conftest import Workspace, tree
from turnstile.errors import UsageError

WEIGHTS = "variables/variables.data-00000-of-00001"


def cut(file):
    def spoil(serving, directory):
        export(serving, directory)
        path = Path(directory) / file
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return spoil


def other_weights(serving, directory):
    """Exports a model whose weights are not those that the trainer has."""
    before = [variable.numpy() for variable in serving._variables]
    for variable in serving._variables:
        variable.assign(variable * 1.01)
    export(serving, directory)
    for variable, value in zip(serving._variables, before, strict=True):
        variable.assign(value)


def as_keras_would(serving, directory):
    """Lets tf.Module see the Keras model: TensorFlow's Python loads that, and TensorFlow Serving does not."""
    serving.model = inspect.getclosurevars(serving._predict).nonlocals["model"]
    del serving._variables
    export(serving, directory)


@pytest.fixture(scope="module")
def place(tmp_path_factory, trained):
    """A folder where a model serves already. Shared, so that only what comes after training is done again."""
    workspace = Workspace(tmp_path_factory.mktemp("spoiled"))
    shutil.copytree(trained[0].serving, workspace.serving)
    return workspace


def quick(small, seed):
    """The small config with a model that trains in seconds, and is good enough whatever the seed."""
    text = small.replace("max_epochs = 6", f"max_epochs = 3\nseed = {seed}")
    return text.replace("auc = { min = 0.85, max_drop = 0.05 }", "auc = { min = 0.6 }")


@pytest.mark.parametrize(
    ("seed", "engine", "spoil", "words"),
    [
        (2, "local", cut(WEIGHTS), ["cannot be loaded", "turnstile run --no-cache"]),
        (3, "beam", cut("saved_model.pb"), ["cannot be loaded"]),
        (1, "local", as_keras_would, ["'serving_default' does not answer 64 real rows", "Could not find variable"]),
        (5, "local", other_weights, ["row 1, signature 'raw', output 'probability'", "the trainer's own 0."]),
    ],
    ids=["truncated weights", "truncated graph, Beam's runner", "Keras model", "other numbers"],
)
def test_a_spoiled_export_is_refused_and_serving_stays_as_it_was(place, small, monkeypatch, seed, engine, spoil, words):
    before = tree(place.serving)
    monkeypatch.setattr(signatures, "export", spoil)
    result = place.run(quick(small, seed), engine=engine)
    assert (result.exit_code, result.error) == (10, None)
    assert (result.blessed, result.pushed_version, result.model_dir) == (False, None, None)
    gate = result.gates[-1]
    assert (gate.gate, gate.passed) == ("ServingValidator", False)
    reasons = "\n".join(gate.reasons)
    assert [word for word in words if word not in reasons] == []
    assert tree(place.serving) == before


def test_the_next_good_model_is_pushed_with_its_warm_up_requests(place, small, trained):
    result = place.run(quick(small, 6))
    assert (result.exit_code, result.blessed) == (0, True)
    assert result.baseline["auc"] == trained[1].metrics["auc"]  # and not one of the spoiled ones
    assert [(gate.gate, gate.passed) for gate in result.gates][-1] == ("ServingValidator", True)
    assert json.loads(json.dumps(result.as_dict()))["served"]["rows"] == 64

    version = Path(result.model_dir)
    records = list(tf.data.TFRecordDataset(str(version / WARMUP)).as_numpy_iterator())  # looks at the checksums
    requests = [prediction_log_pb2.PredictionLog.FromString(record).predict_log.request for record in records]
    assert [r.model_spec.signature_name for r in requests] == ["serving_default", "serving_default", "raw", "raw"]
    assert {r.model_spec.name for r in requests} == {"small"}
    model = SavedModel(version)
    answered = [len(model(asked.signature, asked.inputs)["probability"]) for asked in read(version / WARMUP)]
    assert answered == [1, 32, 1, 32]


@pytest.mark.parametrize(
    ("limit", "words"), [("max_size_mb = 0.01", "at most 0.01 MB"), ("max_latency_ms = 0.001", "at most 0.001 ms")]
)
def test_a_model_over_its_budget_is_refused(place, small, limit, words):
    before = tree(place.serving)
    result = place.run(quick(small, 8) + f"\n[serving_validator]\n{limit}\n")
    assert (result.exit_code, result.pushed_version) == (10, None)
    assert [(gate.gate, gate.passed) for gate in result.gates[1:]] == [("Evaluator", True), ("ServingValidator", False)]
    assert words in result.gates[-1].reasons[0]
    with pytest.raises(UsageError, match=r"ServingValidator refused the model of .*only Evaluator can be overridden"):
        override(place.config(small), result.run_id, "it is needed now")
    assert tree(place.serving) == before


def test_the_command_exits_with_10_and_says_why(place, small, monkeypatch):
    """All but what it says is answered from the cache."""
    before = tree(place.serving)
    monkeypatch.setattr(signatures, "export", cut(WEIGHTS))
    place.run(quick(small, 2))
    folders = ["--output", place.output, "--serving-dir", place.serving]

    def turnstile(*more):
        command = [sys.executable, "-m", "pipeline.commands.main", "run", "--config", f"{place.folder}/config.toml"]
        finished = subprocess.run([*command, *folders, *more], capture_output=True, text=True, check=False)
        assert (finished.returncode, "Traceback" in finished.stdout + finished.stderr) == (10, False), finished.stderr
        return finished.stdout

    result = json.loads(turnstile("--json"))
    assert result["blessed"] is False
    assert (result["gates"][-1]["gate"], result["gates"][-1]["passed"]) == ("ServingValidator", False)
    assert "cannot be loaded" in result["gates"][-1]["reasons"][0]
    assert "Refused by ServingValidator; nothing was pushed.\n  - " in turnstile()
    assert tree(place.serving) == before
