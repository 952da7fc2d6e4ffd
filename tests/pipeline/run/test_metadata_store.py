"""Reading and mending the metadata store: runs that never were, and pushed versions that are gone."""

from __future__ import annotations

import pytest
from google.protobuf import json_format
from ml_metadata import metadata_store as mlmd_store
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.proto.orchestration import execution_result_pb2

from pipeline.run.metadata_store import Artifact, executions, forget_stale_versions

pytestmark = pytest.mark.slow  # its functions load TFX or Beam


def opened(database):
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(database)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return mlmd_store.MetadataStore(config)


@pytest.fixture
def database(tmp_path):
    return tmp_path / "metadata.db"


def artifact(store, type_name, state=mlmd.Artifact.LIVE, **properties):
    type_id = store.put_artifact_type(mlmd.ArtifactType(name=type_name))
    made = mlmd.Artifact(type_id=type_id, uri="/somewhere", state=state)
    for name, value in properties.items():
        made.custom_properties[name].string_value = value
    return store.put_artifacts([made])[0]


def state(store, id_):
    (found,) = store.get_artifacts_by_id([id_])
    return mlmd.Artifact.State.Name(found.state)


def test_a_database_that_is_not_there_holds_no_runs_and_is_not_made(database):
    assert executions(database, "run-1") == {}
    forget_stale_versions(database)
    assert not database.exists()


def test_a_run_that_never_was_has_no_executions(database):
    opened(database).put_context_type(mlmd.ContextType(name="pipeline_run"))
    assert executions(database, "run-1") == {}


@pytest.mark.parametrize(
    ("type_name", "before", "destination", "after"),
    [
        ("PushedModel", mlmd.Artifact.LIVE, "5", "DELETED"),  # gone
        ("PushedModel", mlmd.Artifact.LIVE, "10", "LIVE"),
        ("PushedModel", mlmd.Artifact.LIVE, "9", "DELETED"),  # a later run has pushed 10
        ("PushedModel", mlmd.Artifact.LIVE, None, "LIVE"),  # not pushed at all
        ("PushedModel", mlmd.Artifact.PENDING, "5", "PENDING"),
        ("PushedModel", mlmd.Artifact.ABANDONED, "5", "ABANDONED"),
        ("Model", mlmd.Artifact.LIVE, "5", "LIVE"),
    ],
)
def test_only_live_pushed_models_that_are_no_longer_the_newest_are_forgotten(
    database, tmp_path, type_name, before, destination, after
):
    for version in ("9", "10"):
        (tmp_path / version).mkdir()
    properties = {"pushed_destination": str(tmp_path / destination)} if destination else {}
    id_ = artifact(opened(database), type_name, before, **properties)
    other = artifact(opened(database), "PushedModel", pushed_destination=str(tmp_path / "10"))
    for _ in range(2):  # a second time changes nothing
        forget_stale_versions(database)
        assert state(opened(database), id_) == after
        assert state(opened(database), other) == "LIVE"


def test_a_forgotten_version_keeps_its_properties(database, tmp_path):
    lost = str(tmp_path / "gone")
    id_ = artifact(opened(database), "PushedModel", pushed_destination=lost, pushed_version="7")
    forget_stale_versions(database)
    (found,) = opened(database).get_artifacts_by_id([id_])
    assert {name: value.string_value for name, value in found.custom_properties.items()} == {
        "pushed_destination": lost,
        "pushed_version": "7",
    }


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


def test_executions_are_those_of_the_run_in_order_with_their_words_and_outputs(database):
    store = opened(database)
    refusal = execution_result_pb2.ExecutionResult(code=9, result_message="two\nlines")
    execution(store, "run-1", "Trainer", mlmd.Execution.COMPLETE, "Model")
    execution(store, "run-1", "Baseline", mlmd.Execution.CACHED)
    execution(store, "run-2", "Pusher", mlmd.Execution.COMPLETE)
    execution(store, "run-1", "DataGate", mlmd.Execution.FAILED, result=refusal)
    execution(store, "run-1", "Evaluator", mlmd.Execution.RUNNING)  # killed in it
    found = executions(database, "run-1")
    assert [(e.id, e.state, e.code, e.message) for e in found.values()] == [
        ("Trainer", "done", 0, ""),
        ("Baseline", "cached", 0, ""),
        ("DataGate", "failed", 9, "two\nlines"),
        ("Evaluator", "failed", 0, ""),
    ]
    assert found["Trainer"].outputs == {"Model": Artifact("/Model", {"blessed": 1})}
    assert all(e.seconds >= 0 for e in found.values())
