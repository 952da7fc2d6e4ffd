"""Runs one node as TFX's launcher does, but without a metadata store: Kubeflow keeps the records."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfx.dsl.compiler import compiler
from tfx.orchestration import data_types_utils
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import data_types, inputs_utils, launcher, outputs_utils
from tfx.proto.orchestration import execution_result_pb2

from pipeline.config import Config
from pipeline.dag import create_pipeline
from pipeline.run.gate_results import GateResult, result_of
from pipeline.run.ir import nodes
from pipeline.run.metadata_store import Artifact, Execution
from pipeline.run.stages import stages
from pipeline.schedulers.kubeflow import artifacts
from turnstile.errors import TurnstileError


def run(
    config: Config, id_: str, run_id: str, request: Mapping[str, Any], paths: Mapping[str, Mapping[str, str]]
) -> GateResult | None:
    """Runs a node; unless it says no, writes what Kubeflow is to know of its outputs.

    Args:
        config: the config, with the run's parameters in it.
        id_: the node's id.
        run_id: the run's name.
        request: Kubeflow's ExecutorInput, as plain values.
        paths: the paths of the artifacts in this container, by name, under "inputs" and "outputs".

    Returns:
        The node's verdict; None if it is no gate.

    Raises:
        TurnstileError: the executor says that it failed.
        Exception: what the component raised.
    """
    pipeline = create_pipeline(config)
    component = next(component for component in pipeline.components if component.id == id_)
    described = {kind: request[kind].get("artifacts", {}) for kind in ("inputs", "outputs")}
    names: artifacts.Names = {}
    inputs = artifacts.parsed(described["inputs"], paths["inputs"], component.inputs, names)
    outputs = artifacts.parsed(described["outputs"], paths["outputs"], component.outputs, names)
    artifacts.made(outputs)
    result = _launched(compiler.Compiler().compile(pipeline), id_, run_id, inputs, outputs)
    gate = result_of(_execution(id_, result, outputs))
    if result.execution_result.code and gate is None:
        raise TurnstileError(f"{id_} failed: {result.execution_result.result_message}")
    if gate is None or gate.passed:
        outputs_utils.tag_output_artifacts_with_version(outputs)
        artifacts.write(request["outputs"]["outputFile"], outputs, described["outputs"], names)
    return gate


def _launched(
    ir: Any, id_: str, run_id: str, inputs: artifacts.ArtifactMap, outputs: artifacts.ArtifactMap
) -> execution_result_pb2.ExecutorOutput:
    """Runs the driver, if the node has one of its own, and the executor; both may change the outputs' properties."""
    deployment, node = runner_utils.extract_local_deployment_config(ir), nodes(ir)[id_]
    parameters = inputs_utils.resolve_parameters_with_schema(node_parameters=node.parameters)
    with tempfile.TemporaryDirectory() as folder, stages():
        info = data_types.ExecutionInfo(
            execution_id=1,
            input_dict=inputs,
            output_dict=outputs,
            exec_properties=data_types_utils.build_parsed_value_dict(parameters),
            execution_output_uri=str(Path(folder) / "executor_output.pb"),
            stateful_working_dir=str(Path(folder) / "stateful"),
            tmp_dir=str(Path(folder) / "tmp"),
            pipeline_node=node,
            pipeline_info=ir.pipeline_info,
            pipeline_run_id=run_id,
        )
        driver = runner_utils.extract_custom_driver_spec(deployment, id_)
        if driver:
            operator = launcher.DEFAULT_DRIVER_OPERATORS[type(driver)](driver, None)
            found = operator.run_driver(info)
            _take(found.output_artifacts, outputs)
            values = found.exec_properties.items()
            info.exec_properties.update({name: getattr(value, value.WhichOneof("value")) for name, value in values})
        executor = runner_utils.extract_executor_spec(deployment, id_)
        result = launcher.DEFAULT_EXECUTOR_OPERATORS[type(executor)](executor).run_executor(info)
        _take(result.output_artifacts, outputs)
    return result


def _take(found: Mapping[str, Any], outputs: artifacts.ArtifactMap) -> None:
    """Puts what a driver or an executor said of the outputs into them."""
    for name, messages in found.items():
        for artifact, message in zip(outputs[name], messages.artifacts, strict=True):
            artifact.set_mlmd_artifact(message)


def _execution(id_: str, result: execution_result_pb2.ExecutorOutput, outputs: artifacts.ArtifactMap) -> Execution:
    """The record that TFX would have kept, as far as a gate's verdict goes by it."""
    code, message = result.execution_result.code, result.execution_result.result_message
    found = {artifact.type_name: Artifact(artifact.uri, {}) for listed in outputs.values() for artifact in listed}
    return Execution(id_, "failed" if code else "done", 0.0, code, message, found)
