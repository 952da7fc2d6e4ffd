"""The compiled pipeline: TFX's intermediate representation, and who waits for whom, as two JSON files."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from ml_metadata.proto import metadata_store_pb2
from tfx.proto.orchestration import executable_spec_pb2, pipeline_pb2

from components.pusher.settings import PusherSettings
from pipeline import metadata
from pipeline.config import Config
from pipeline.metadata import Database
from pipeline.run.importing_tfx import without_a_log
from turnstile import files
from turnstile.errors import UsageError
from turnstile.places import Place, place

# An IR holds messages of these types, which json_format reads only if they are known.
_INSIDE = (executable_spec_pb2.PythonClassExecutableSpec, metadata_store_pb2.ConnectionConfig)


def compiled(config: Config) -> pipeline_pb2.Pipeline:
    """Returns the pipeline of a config, compiled."""
    with without_a_log():
        from tfx.dsl.compiler import compiler  # with all components: reading takes none of it

        from pipeline.dag import create_pipeline

        return compiler.Compiler().compile(create_pipeline(config))


def nodes(ir: pipeline_pb2.Pipeline) -> dict[str, Any]:
    """Returns the nodes by id, each after those it waits for."""
    return {node.pipeline_node.node_info.id: node.pipeline_node for node in ir.nodes}


def graph(ir: pipeline_pb2.Pipeline) -> dict[str, list[str]]:
    """Returns for each node the nodes it waits for."""
    return {id_: sorted(node.upstream_nodes) for id_, node in nodes(ir).items()}


def connection(ir: pipeline_pb2.Pipeline) -> metadata_store_pb2.ConnectionConfig:
    """Returns how the metadata of a pipeline's runs is reached."""
    deployment, found = pipeline_pb2.IntermediateDeploymentConfig(), metadata_store_pb2.ConnectionConfig()
    ir.deployment_config.Unpack(deployment)
    deployment.metadata_connection_config.Unpack(found)
    return found


def database(ir: pipeline_pb2.Pipeline) -> Database:
    """Returns where the metadata of a pipeline's runs are."""
    return metadata.of_connection(connection(ir))


def artifacts(ir: pipeline_pb2.Pipeline) -> Place:
    """Returns the folder of the artifacts of a pipeline's runs."""
    root = ir.runtime_spec.pipeline_root  # a parameter of the run until a runner has put its value in place
    of = root.field_value if root.HasField("field_value") else root.runtime_parameter.default_value
    return place(of.string_value)


def root(ir: pipeline_pb2.Pipeline) -> Path:
    """Returns the folder of a pipeline's runs, where their logs and records are."""
    known = database(ir)
    if isinstance(known, Path):
        return known.parent
    settings = pusher_settings(ir)
    config = (settings.config if settings else None) or {}
    return Path(config["output"]) / config["name"] if config.get("pipeline_root") else Path(str(artifacts(ir)))


def pusher_settings(ir: pipeline_pb2.Pipeline) -> PusherSettings | None:
    """Returns the settings of a pipeline's Pusher; None if it has none of ours."""
    pusher = nodes(ir).get("Pusher")
    told = pusher.parameters.parameters["settings"].field_value.string_value if pusher else ""
    return PusherSettings.model_validate_json(told) if told else None


def graph_file(file: Path) -> Path:
    """Returns where the graph of the IR in `file` is: beside it."""
    return file.with_name(f"{file.stem}.graph.json")


def write(ir: pipeline_pb2.Pipeline, file: Path) -> None:
    """Writes the IR to `file`, and its graph beside it.

    Raises:
        UsageError: they cannot be written.
    """
    files.write(graph_file(file), json.dumps(graph(ir), indent=1) + "\n")
    files.write(file, json_format.MessageToJson(ir, sort_keys=True) + "\n")


def read(file: Path) -> pipeline_pb2.Pipeline:
    """Reads an IR.

    Raises:
        UsageError: there is none.
    """
    try:
        return json_format.Parse(file.read_text(), pipeline_pb2.Pipeline())
    except OSError as error:
        how = f"Make it with: turnstile compile ir -o {shlex.quote(str(file))}"
        raise UsageError(f"{file}: cannot be read ({error.strerror}). {how}") from error
    except (json_format.ParseError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: is not a compiled pipeline ({error})") from error
