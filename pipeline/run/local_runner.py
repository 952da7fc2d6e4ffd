"""Runs a pipeline on this machine, under TFX's local runner or Beam's."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tfx.dsl.compiler import compiler, constants
from tfx.orchestration.pipeline import Pipeline
from tfx.orchestration.portable import runtime_parameter_utils
from tfx.orchestration.portable.tfx_runner import IrBasedRunner
from tfx.proto.orchestration import pipeline_pb2

from pipeline.run import ir as compiled
from pipeline.run.stages import stages

Engine = Literal["local", "beam"]


def run(
    pipeline: Pipeline, run_id: str, engine: Engine = "local", until: str | None = None, kept: Path | None = None
) -> None:
    """Compiles the pipeline and runs it as `run_id`, all of it or `until` a component and what that one needs.

    Args:
        pipeline: what to run.
        run_id: the run's name.
        engine: "local" for TFX's local runner, "beam" for Beam's.
        until: the id of the last component to run.
        kept: the file to keep the compiled pipeline in.

    Raises:
        Exception: what the first failing component raised.
    """
    ir = compiler.Compiler().compile(pipeline)
    if kept:
        compiled.write(ir, kept)
    # Both runners would name the run by the time of day; a run we name ourselves can be looked up.
    runtime_parameter_utils.substitute_runtime_parameter(ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id})
    if until:
        _skip_all_but(until, ir)
    with stages():
        _runner(engine).run_with_ir(ir)


def _runner(engine: Engine) -> IrBasedRunner:
    if engine == "beam":
        from tfx.orchestration.beam.beam_dag_runner import BeamDagRunner

        return BeamDagRunner()
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner

    return LocalDagRunner()


def _skip_all_but(until: str, ir: pipeline_pb2.Pipeline) -> None:
    """Marks what `until` does not need; a TFX partial run would want an earlier full run to start from."""
    nodes = {node.pipeline_node.node_info.id: node.pipeline_node for node in ir.nodes}
    needed, todo = set(), [until]
    while todo:
        needed.add(id_ := todo.pop())
        todo += nodes[id_].upstream_nodes
    for id_, node in nodes.items():
        if id_ not in needed:
            node.execution_options.skip.SetInParent()
