"""Launches one node of a compiled pipeline, as TFX's local runner launches them all, and again if it has to be."""

from __future__ import annotations

import logging
from typing import Any

from tfx.dsl.compiler import constants
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import launcher, outputs_utils, runtime_parameter_utils
from tfx.orchestration.portable.mlmd import context_lib, execution_lib
from tfx.proto.orchestration import pipeline_pb2

from pipeline.run import ir as compiled
from pipeline.run.stages import stages
from turnstile.places import place

logger = logging.getLogger("node")


def launch(ir: pipeline_pb2.Pipeline, id_: str, run_id: str) -> None:
    """Runs a node as part of a run; does nothing if it has succeeded in it before.

    Args:
        ir: the compiled pipeline, in which the run's name is put.
        id_: the node's id.
        run_id: the run's name.

    Raises:
        Exception: what the component raised.
    """
    runtime_parameter_utils.substitute_runtime_parameter(ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id})
    deployment, node = runner_utils.extract_local_deployment_config(ir), compiled.nodes(ir)[id_]
    connection = metadata.Metadata(compiled.connection(ir))
    _remove_remains(ir, node, connection)
    with stages():
        launcher.Launcher(
            pipeline_node=node,
            mlmd_connection=connection,
            pipeline_info=ir.pipeline_info,
            pipeline_runtime_spec=ir.runtime_spec,
            executor_spec=runner_utils.extract_executor_spec(deployment, id_),
            custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, id_),
        ).launch()


def _remove_remains(ir: pipeline_pb2.Pipeline, node: Any, connection: metadata.Metadata) -> None:
    """Removes what a killed attempt has left: TFX gives the next one the same folders, and leaves them full."""
    resolver = outputs_utils.OutputsResolver(node, ir.pipeline_info, ir.runtime_spec)
    with connection as store:
        contexts = context_lib.prepare_contexts(store, node.contexts)
        attempts = execution_lib.get_executions_associated_with_all_contexts(store, contexts)
    for attempt in attempts:
        if execution_lib.is_execution_successful(attempt):
            continue
        logger.info("removing what attempt %d has left", attempt.id)
        outputs = resolver.generate_output_artifacts(attempt.id)
        there = {key: [a for a in artifacts if place(a.uri).exists()] for key, artifacts in outputs.items()}
        outputs_utils.remove_output_dirs(there)
        outputs_utils.remove_stateful_working_dir(resolver.get_stateful_working_directory(attempt))
