"""Runs a pipeline on this machine, under TFX's local runner or Beam's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from tfx.dsl.compiler import compiler, constants
from tfx.orchestration.pipeline import Pipeline
from tfx.orchestration.portable import runtime_parameter_utils
from tfx.orchestration.portable.tfx_runner import IrBasedRunner

Engine = Literal["local", "beam"]


def run(pipeline: Pipeline, run_id: str, engine: Engine = "local") -> None:
    """Compiles the pipeline and runs it as `run_id`; raises what its first failing component raised."""
    ir = compiler.Compiler().compile(pipeline)
    # Both runners would name the run by the time of day; a run we name ourselves can be looked up.
    runtime_parameter_utils.substitute_runtime_parameter(
        ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id}
    )
    with _no_command_line():
        _runner(engine).run_with_ir(ir)


def _runner(engine: Engine) -> IrBasedRunner:
    if engine == "beam":
        from tfx.orchestration.beam.beam_dag_runner import BeamDagRunner

        return BeamDagRunner()
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner

    return LocalDagRunner()


@contextmanager
def _no_command_line() -> Iterator[None]:
    """Hides our own flags: TFX hands sys.argv to Beam, which would take our --runner for its own."""
    arguments, sys.argv = sys.argv, sys.argv[:1]
    try:
        yield
    finally:
        sys.argv = arguments
