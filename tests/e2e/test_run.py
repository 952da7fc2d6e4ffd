"""A run from the outside: what is pushed, what a second run does, and what is compared with what.

Under Beam's own runner: test_other_data.py.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.e2e.conftest import tree, up_to_the_data_gate

COMPONENTS = [
    "ExampleGen",
    "ImportSchemaGen",
    "StatisticsGen",
    "DataGate",
    "ExampleValidator",
    "Transform",
    "Trainer",
    "Baseline",
    "ServingValidator",
    "Evaluator",
    "Pusher",
]
METRICS = [
    "auc", "pr_auc", "accuracy", "precision", "recall", "log_loss", "calibration", "calibration_slope", "example_count"
]  # fmt: skip


def test_a_good_model_is_pushed(pushed):
    workspace, result = pushed
    assert result.error is None
    assert (result.exit_code, result.blessed) == (0, True)
    versions = [path.name for path in (workspace.serving / "small").iterdir()]
    assert versions == [result.pushed_version]
    assert result.model_dir == str(workspace.serving / "small" / result.pushed_version)
    assert [component.id for component in result.components] == COMPONENTS
    assert {component.state for component in result.components} == {"done"}
    assert list(result.metrics) == METRICS
    assert result.metrics["auc"] > 0.85
    assert result.baseline == {}
    gates = [(gate.gate, gate.passed) for gate in result.gates]
    assert gates == [("DataGate", True), ("Evaluator", True), ("ServingValidator", True)]
    assert json.loads(json.dumps(result.as_dict()))["pipeline"] == "small"


def test_tensorboard_logs_are_written(pushed):
    workspace, _ = pushed
    assert list((workspace.output / "small" / "Trainer" / "model_run").rglob("events.out.tfevents.*"))


def test_chatter_goes_to_the_log(pushed):
    _, result = pushed
    with open(result.log) as log:  # noqa: PTH123
        assert "Component Trainer is finished." in log.read()


def test_an_unchanged_second_run_is_answered_from_cache(pushed, small):
    workspace, first = pushed
    before = tree(workspace.serving)
    second = workspace.run(small)
    assert (second.exit_code, second.pushed_version) == (0, first.pushed_version)
    assert second.metrics == first.metrics
    assert {component.state for component in second.components} == {"cached"}
    assert tree(workspace.serving) == before


def test_new_thresholds_judge_the_same_model_again_and_push_no_copy(pushed, small):
    workspace, first = pushed
    before = tree(workspace.serving)
    result = workspace.run(small.replace("min = 0.85", "min = 0.8"))
    states = {component.id: component.state for component in result.components}
    assert (states["Trainer"], states["Evaluator"]) == ("cached", "done")
    assert result.pushed_version == first.pushed_version
    assert tree(workspace.serving) == before


def test_a_version_that_someone_removed_is_pushed_again(pushed, small):
    workspace, first = pushed
    shutil.rmtree(workspace.serving / "small" / first.pushed_version)
    result = workspace.run(small)
    assert result.exit_code == 0
    states = {component.id: component.state for component in result.components}
    assert (states["Trainer"], states["Pusher"]) == ("cached", "done")
    assert [path.name for path in (workspace.serving / "small").iterdir()] == [result.pushed_version]


def test_a_worse_model_than_the_baseline_is_refused(pushed, small):
    workspace, first = pushed
    before = tree(workspace.serving)
    worse = small.replace("max_epochs = 6", "max_epochs = 1").replace(
        "auc = { min = 0.85, max_drop = 0.05 }", "auc = { min = 0.501, max_drop = 0.0001 }"
    )
    result = workspace.run(worse)
    assert result.baseline["auc"] == first.metrics["auc"]
    assert (result.exit_code, result.pushed_version) == (10, None)
    assert "against the baseline" in result.gates[1].reasons[-1]  # one epoch never says 1, which is the first reason
    assert tree(workspace.serving) == before


def test_an_edited_schema_is_held_against_unchanged_data(workspace, small):
    schema = workspace.folder / "schema.pbtxt"
    schema.write_text(Path("data/taxi/schema.pbtxt").read_text())
    text = small.replace("data/taxi/schema.pbtxt", str(schema))
    with up_to_the_data_gate():
        assert [gate.passed for gate in workspace.run(text).gates] == [True]
    schema.write_text(
        schema.read_text().replace("float_domain { min: 0 max: 1000 }", "float_domain { min: 0 max: 10 }")
    )
    result = workspace.run(text)
    assert result.exit_code == 11
    assert "from 0 to 10" in result.gates[0].reasons[0]


def test_going_back_to_an_earlier_model_pushes_it_anew(pushed, small):
    """What a run says is pushed is what serves, also when training, evaluation and push were all done before."""
    workspace, _ = pushed
    one = small.replace("max_drop = 0.05", "max_drop = 0.4")
    other = one.replace("max_epochs = 6", "max_epochs = 5")
    for text in (other, one, other):  # after `one`, which the runs before have pushed
        result = workspace.run(text)
        assert result.exit_code == 0
        newest = max((path.name for path in (workspace.serving / "small").iterdir()), key=int)
        assert result.pushed_version == newest
