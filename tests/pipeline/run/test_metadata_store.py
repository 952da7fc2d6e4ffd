"""Reading and mending the metadata store: runs that never were, and pushed versions that are gone."""

from __future__ import annotations

import pytest
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.proto.orchestration import execution_result_pb2

from pipeline.run.metadata_store import Artifact, executions, forget_stale_versions
from tests.made_metadata import execution, opened

pytestmark = pytest.mark.slow  # its functions load TFX or Beam


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
