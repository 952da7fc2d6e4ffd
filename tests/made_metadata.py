"""A store of ML Metadata, with what TFX records of runs in it."""

from __future__ import annotations

from google.protobuf import json_format
from ml_metadata import metadata_store as mlmd_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline import metadata


def opened(database):
    return mlmd_store.MetadataStore(metadata.connection(database))


def context(store, type_name, name):
    type_id = store.put_context_type(mlmd.ContextType(name=type_name))
    return mlmd.Context(type_id=type_id, name=name)


def execution(store, run_id, node, last_state, output=None, result=None):
    """Records a component's part in a run, as TFX does."""
    type_id = store.put_execution_type(mlmd.ExecutionType(name=f"type of {node}"))
    made = mlmd.Execution(type_id=type_id, last_known_state=last_state)
    if result:
        made.custom_properties["__execution_result__"].string_value = json_format.MessageToJson(result)
    outputs = []
    if output:
        artifact_type = store.put_artifact_type(mlmd.ArtifactType(name=output))
        event = mlmd.Event(type=mlmd.Event.OUTPUT)
        made_artifact = mlmd.Artifact(type_id=artifact_type, uri=f"/{output}")
        made_artifact.custom_properties["blessed"].int_value = 1
        outputs = [(made_artifact, event)]
    contexts = [context(store, "pipeline_run", run_id), context(store, "node", f"small.{node}")]
    store.put_execution(made, outputs, contexts, reuse_context_if_already_exist=True)


def judged(store, node, last_state, statistics, span, fingerprint):
    """Records that DataGate has judged data, as TFX does.

    Args:
        store: where.
        node: the name of its context, as `small.DataGate`.
        last_state: how it ended.
        statistics: the folder of the statistics.
        span: the number of the span of the examples.
        fingerprint: of the content of the examples' files.
    """
    examples, known = (mlmd.Artifact(type_id=store.put_artifact_type(mlmd.ArtifactType(name=name)))
                       for name in ("Examples", "ExampleStatistics"))  # fmt: skip
    examples.custom_properties["span"].int_value = span
    examples.custom_properties["input_fingerprint"].string_value = fingerprint
    known.uri, known.state = statistics, mlmd.Artifact.LIVE
    made = mlmd.Execution(type_id=store.put_execution_type(mlmd.ExecutionType(name=node)), last_known_state=last_state)
    given = [(artifact, mlmd.Event(type=mlmd.Event.INPUT)) for artifact in (examples, known)]
    store.put_execution(made, given, [context(store, "node", node)], reuse_context_if_already_exist=True)
