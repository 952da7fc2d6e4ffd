"""Artifacts between Kubeflow, which describes them as JSON, and TFX, whose components get objects with local paths."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
from tfx import types
from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_entrypoint_utils as entrypoint
from tfx.utils import name_utils

ArtifactMap = dict[str, list[types.Artifact]]
Names = dict[int, str]  # what Kubeflow calls an artifact, by the number that TFX knows it by


def parsed(
    described: Mapping[str, Any], paths: Mapping[str, str], channels: Mapping[str, types.BaseChannel], names: Names
) -> ArtifactMap:
    """Returns artifacts whose URIs are local paths.

    Args:
        described: Kubeflow's ArtifactList by name, as plain values.
        paths: where each is in this container, by name.
        channels: the node's channels; they know the artifacts' classes, which Kubeflow cannot name for types of ours.
        names: gets what Kubeflow calls the artifacts; `write` wants to know.
    """
    found: ArtifactMap = {}
    for name, raw in described.items():
        message = json_format.ParseDict(raw, pipeline_spec_pb2.ArtifactList(), ignore_unknown_fields=True)
        for artifact in message.artifacts:
            artifact.type.schema_title = name_utils.get_full_name(channels[name].type)
            artifact.uri = paths[name]
        found |= entrypoint.parse_raw_artifact_dict({name: message}, names)
    return found


def made(outputs: ArtifactMap) -> None:
    """Makes the outputs' folders, without what an earlier attempt may have left in them."""
    for artifacts in outputs.values():
        for artifact in artifacts:
            shutil.rmtree(artifact.uri, ignore_errors=True)
            Path(artifact.uri).mkdir(parents=True)


def write(file: str, outputs: ArtifactMap, described: Mapping[str, Any], names: Names) -> None:
    """Writes Kubeflow's ExecutorOutput: what is known of the outputs now, under the URIs that they had at first.

    Args:
        file: the path Kubeflow asks for.
        outputs: the node's.
        described: as for `parsed`, as is the next.
        names: what Kubeflow calls the artifacts.
    """
    output = pipeline_spec_pb2.ExecutorOutput()
    for name, artifacts in entrypoint.translate_executor_output(outputs, names).items():
        for artifact, before in zip(artifacts.artifacts, described[name]["artifacts"], strict=True):
            artifact.uri = before["uri"]
        output.artifacts[name].CopyFrom(artifacts)
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(json_format.MessageToJson(output))
