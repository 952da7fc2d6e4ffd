"""What TFX recorded of a run, read from ML Metadata: states, times, artifacts, and the words of a refusal.

ML Metadata is the interface here, so that a run under any orchestrator can be read the same way. Its 1.21 release
has no filter queries; this module walks the graph instead.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from ml_metadata import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.proto.orchestration import execution_result_pb2

from components import gate_report
from pipeline import metadata
from pipeline.metadata import Database, Server
from serving.releases.version_folders import versions
from turnstile.errors import TurnstileError, UsageError
from turnstile.places import Place, place
from turnstile.run_log import redirected

_STATES = {mlmd.Execution.COMPLETE: "done", mlmd.Execution.CACHED: "cached", mlmd.Execution.FAILED: "failed"}
# Where TFX keeps an executor's result (tfx.orchestration.portable.mlmd.execution_lib).
_RESULT = "__execution_result__"


@dataclass(frozen=True)
class Artifact:
    """An output: where it is, and its custom properties."""

    uri: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Execution:
    """One component's part in a run.

    Attributes:
        id: the component's id, such as "Trainer".
        state: "done", "cached" or "failed" (a run killed in a component leaves that one "failed").
        seconds: wall time between its registration and its last update.
        code: the failed executor's result code, 0 when it gave none.
        message: the failed executor's words, "" when it gave none.
        outputs: artifacts by type name.
        measured: what a gate measured before it refused its data.
    """

    id: str
    state: str
    seconds: float
    code: int = 0
    message: str = ""
    outputs: dict[str, Artifact] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether the outputs of the component are there, made by this run or an earlier one."""
        return self.state in ("done", "cached")

    def output(self, type_name: str) -> Artifact | None:
        """Returns an output of a component; None if the component has not succeeded, or has no such output."""
        return self.outputs.get(type_name) if self.succeeded else None


def executions(database: Database, run_id: str) -> dict[str, Execution]:
    """Returns a run's executions by component id, in the order they started; empty when there was no such run."""
    store = opened(database)
    run = store.get_context_by_type_and_name("pipeline_run", run_id) if store else None
    if store is None or run is None:
        return {}
    found = sorted(store.get_executions_by_context(run.id), key=lambda e: e.id)
    return {e.id: e for e in (_execution(store, raw) for raw in found)}


def forget_stale_versions(database: Database) -> None:
    """Marks pushed models that are no longer the newest version of their folder as deleted.

    Someone removed the version, or a later run pushed another; without this, the cache would claim that it is the
    one that serves.
    """
    store = opened(database)
    stale = [] if store is None else [a for a in store.get_artifacts_by_type("PushedModel") if _is_stale(a)]
    for artifact in stale:
        artifact.state = mlmd.Artifact.DELETED
    if store is not None and stale:
        store.put_artifacts(stale)


def statistics_by_span(database: Database) -> dict[int, str]:
    """Returns where the newest statistics of each span of the data are, by the number of the span."""
    store = opened(database)
    if store is None:
        return {}
    found: dict[int, str] = {}
    for artifact in store.get_artifacts_by_type("ExampleStatistics"):  # the oldest first
        events = store.get_events_by_artifact_ids([artifact.id])
        made_by = [event.execution_id for event in events if event.type == mlmd.Event.OUTPUT]
        given = [e.artifact_id for e in store.get_events_by_execution_ids(made_by) if e.type == mlmd.Event.INPUT]
        spans = [
            a.custom_properties["span"].int_value for a in store.get_artifacts_by_id(given) if a.type == "Examples"
        ]
        found |= dict.fromkeys(spans, artifact.uri)
    return found


def _is_stale(artifact: mlmd.Artifact) -> bool:
    destination = artifact.custom_properties["pushed_destination"].string_value
    if artifact.state != mlmd.Artifact.LIVE or not destination:
        return False
    return versions(Path(destination).parent)[-1:] != [Path(destination)]


def opened(database: Database) -> metadata_store.MetadataStore | None:
    """Returns the metadata of a pipeline's runs; None if there is none, for opening would make it.

    Raises:
        TurnstileError: the server does not answer.
    """
    if not database.exists():
        return None
    if not isinstance(database, Server):
        return metadata_store.MetadataStore(metadata.connection(database))
    has_password = metadata.log_in()
    try:
        with redirected(Path(os.devnull)):  # what ml-metadata prints of a failure is about MySQL 8 alone
            return metadata_store.MetadataStore(metadata.connection(database))
    except RuntimeError as error:  # the server cannot be reached, or does not let us in: ml-metadata does not tell
        given = "that the password is right" if has_password else f"which password: none is in {metadata.PASSWORD}"
        raise TurnstileError(
            f"{database}: the server does not answer, or does not let '{database.user}' in. See that it runs, that "
            f"'{database.user}' may use the database '{database.database}', and {given}"
        ) from error


def check_owner(database: Database, pipeline: str, root: Place) -> None:
    """Checks that what a server's database holds is of a pipeline's runs in its folder, if it holds any.

    Args:
        database: where the metadata are.
        pipeline: the name of the pipeline.
        root: the folder of its artifacts.

    Raises:
        UsageError: it holds those of another pipeline, or of another folder.
        TurnstileError: the server does not answer.
    """
    store = opened(database) if isinstance(database, Server) else None
    if store is None:
        return
    own = "Each pipeline, and each output folder, needs a database of its own; change `metadata` in the config"
    if others := [each.name for each in store.get_contexts_by_type("pipeline") if each.name != pipeline]:
        raise UsageError(f"{database}: holds runs of the pipeline '{others[0]}', and this one is '{pipeline}'. {own}")
    newest = metadata_store.ListOptions(1, metadata_store.OrderByField.ID, False)
    folder = str(root.resolve())
    elsewhere = [each.uri for each in store.get_artifacts(newest) if not place(each.uri).is_relative_to(folder)]
    if elsewhere:
        raise UsageError(f"{database}: holds runs of another folder, with {elsewhere[0]}. {own}")


def _execution(store: metadata_store.MetadataStore, raw: mlmd.Execution) -> Execution:
    (node,) = (c.name for c in store.get_contexts_by_execution(raw.id) if c.type == "node")
    result = execution_result_pb2.ExecutionResult()
    if recorded := raw.custom_properties[_RESULT].string_value:
        json_format.Parse(recorded, result)
    return Execution(
        id=node.split(".", 1)[1],
        state=_STATES.get(raw.last_known_state, "failed"),
        seconds=(raw.last_update_time_since_epoch - raw.create_time_since_epoch) / 1000,
        code=result.code,
        message=result.result_message,
        outputs=_outputs(store, raw.id),
        measured=gate_report.measured(result),
    )


def _outputs(store: metadata_store.MetadataStore, execution_id: int) -> dict[str, Artifact]:
    events = store.get_events_by_execution_ids([execution_id])
    ids = [event.artifact_id for event in events if event.type == mlmd.Event.OUTPUT]
    return {a.type: Artifact(a.uri, _properties(a)) for a in store.get_artifacts_by_id(ids)}


def _properties(artifact: mlmd.Artifact) -> dict[str, Any]:
    return {k: getattr(v, v.WhichOneof("value")) for k, v in artifact.custom_properties.items()}
