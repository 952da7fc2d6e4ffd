"""The local runner: part of a pipeline is all that its last stage needs, and Beam never sees our command line."""

from __future__ import annotations

import sys

import pytest
from tfx.proto.orchestration import pipeline_pb2

from pipeline import config_file
from pipeline.dag import create_pipeline
from pipeline.run import local_runner

pytestmark = pytest.mark.slow
ALL = {
    "ExampleGen", "StatisticsGen", "ImportSchemaGen", "ExampleValidator", "DataGate",
    "Transform", "Trainer", "Baseline", "ServingValidator", "Evaluator", "Pusher",
}  # fmt: skip


class Recorder:
    """Stands in for TFX's runner: keeps the IR it is given, and the command line of that moment."""

    def __init__(self, error=None):
        self.error, self.ir, self.argv = error, pipeline_pb2.Pipeline(), []

    def run_with_ir(self, ir):
        self.ir.CopyFrom(ir)
        self.argv = list(sys.argv)
        if self.error:
            raise self.error


@pytest.fixture
def run(monkeypatch, tmp_path):
    def run_(until=None, engine="local", error=None):
        recorder, engines = Recorder(error), []
        monkeypatch.setattr(local_runner, "_runner", lambda name: engines.append(name) or recorder)
        pipeline = create_pipeline(config_file.load("configs/small.toml", output=str(tmp_path)))
        try:
            local_runner.run(pipeline, "run-1", engine, until)
        except ZeroDivisionError:
            assert error
        assert engines == [engine]
        return recorder

    return run_


@pytest.mark.parametrize(
    ("until", "needed"),
    [
        (None, ALL),
        ("ExampleGen", {"ExampleGen"}),
        ("StatisticsGen", {"ExampleGen", "StatisticsGen"}),
        ("DataGate", {"ExampleGen", "StatisticsGen", "ImportSchemaGen", "DataGate"}),
        ("Evaluator", ALL - {"ExampleValidator", "Pusher"}),
        ("Pusher", ALL),
    ],
)
def test_all_but_what_the_last_stage_needs_is_skipped(run, until, needed):
    nodes = [node.pipeline_node for node in run(until).ir.nodes]
    assert {node.node_info.id for node in nodes} == ALL
    assert {node.node_info.id for node in nodes if not node.execution_options.HasField("skip")} == needed


@pytest.mark.parametrize("engine", ["local", "beam"])
def test_the_run_has_the_name_it_was_given(run, engine):
    ir = run(engine=engine).ir
    assert ir.runtime_spec.pipeline_run_id.field_value.string_value == "run-1"
    names = {
        context.name.field_value.string_value
        for node in ir.nodes
        for context in node.pipeline_node.contexts.contexts
        if context.type.name == "pipeline_run"
    }
    assert names == {"run-1"}


@pytest.mark.parametrize("error", [None, ZeroDivisionError()])
def test_the_command_line_is_hidden_while_it_runs_and_back_afterwards(run, monkeypatch, error):
    ours = ["turnstile", "run", "--runner", "beam"]
    monkeypatch.setattr(sys, "argv", ours)
    assert run(error=error).argv == ["turnstile"]
    assert sys.argv is ours
    assert ours == ["turnstile", "run", "--runner", "beam"]
