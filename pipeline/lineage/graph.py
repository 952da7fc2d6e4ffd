"""What ML Metadata has recorded of a pipeline's runs, in memory: which step made which artifact of which others."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ml_metadata import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

# The property of a run that `turnstile clean` has removed.
CLEANED = "turnstile_cleaned"
# Executions whose events are asked for at a time: SQLite bounds the length of a query.
_AT_A_TIME = 500


@dataclass(frozen=True)
class Artifact:
    """What a component has written.

    Attributes:
        id: ML Metadata's number.
        type: such as "Examples".
        uri: its folder.
        properties: TFX's and the component's.
    """

    id: int
    type: str
    uri: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A component's part in a run.

    Attributes:
        id: ML Metadata's number.
        component: the component's id, such as "Trainer".
        run_id: the run's name.
        made: whether it made its outputs; those of a step from the cache were there.
        time: when it began, in UTC.
        inputs: the numbers of the artifacts that it read.
        outputs: the numbers of those that it gave.
        begun: the numbers of those that it was to give, had it not failed.
        properties: its parameters.
    """

    id: int
    component: str
    run_id: str
    made: bool
    time: datetime.datetime
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    begun: tuple[int, ...]
    properties: dict[str, Any]


class Graph:
    """The artifacts by number, the steps in the order in which they began, and the names of the removed runs."""

    def __init__(self, artifacts: dict[int, Artifact], steps: Sequence[Step], cleaned: Iterable[str] = ()):
        self.artifacts, self.steps, self.cleaned = artifacts, tuple(steps), frozenset(cleaned)
        self._makers: dict[int, Step] = {}
        for step in steps:
            for output in step.outputs if step.made else ():
                self._makers.setdefault(output, step)

    def maker(self, artifact: Artifact) -> Step | None:
        """Returns the step that made an artifact; None if it was not recorded."""
        return self._makers.get(artifact.id)

    def inputs(self, artifact: Artifact) -> list[Artifact]:
        """Returns what an artifact was made of."""
        maker = self.maker(artifact)
        return [self.artifacts[id_] for id_ in maker.inputs] if maker else []

    def upstream(self, artifact: Artifact) -> Iterator[Artifact]:
        """Returns an artifact, what it was made of, what that was made of, and so on: each once, the nearest first."""
        found, todo = {artifact.id}, [artifact]
        while todo:
            yield (one := todo.pop(0))
            new = [each for each in self.inputs(one) if each.id not in found]
            found |= {each.id for each in new}
            todo += new

    def runs(self, artifact: Artifact) -> list[str]:
        """Returns the names of the runs in which a step gave an artifact, whether it made it or not."""
        return list(dict.fromkeys(step.run_id for step in self.steps if artifact.id in step.outputs))


def read(store: metadata_store.MetadataStore) -> Graph:
    """Reads all that was recorded; of steps that failed, there are only the inputs."""
    types = {each.id: each.name for each in store.get_artifact_types()}
    artifacts = {a.id: Artifact(a.id, types[a.type_id], a.uri, plain(a)) for a in store.get_artifacts()}
    executions = sorted(store.get_executions(), key=lambda e: e.id)
    events = _events(store, [e.id for e in executions])
    runs, nodes = (_names(store, kind) for kind in ("pipeline_run", "node"))
    steps = [
        Step(
            id=e.id,
            component=nodes.get(e.id, "").partition(".")[2],
            run_id=runs.get(e.id, ""),
            made=e.last_known_state == mlmd.Execution.COMPLETE,
            time=datetime.datetime.fromtimestamp(e.create_time_since_epoch / 1000, datetime.UTC),
            inputs=_ids(events.get(e.id, ()), mlmd.Event.INPUT),
            outputs=_ids(events.get(e.id, ()), mlmd.Event.OUTPUT),
            begun=_ids(events.get(e.id, ()), mlmd.Event.PENDING_OUTPUT),
            properties=plain(e),
        )
        for e in executions
    ]
    cleaned = [run.name for run in store.get_contexts_by_type("pipeline_run") if CLEANED in run.custom_properties]
    return Graph(artifacts, steps, cleaned)


def plain(node: mlmd.Artifact | mlmd.Execution | mlmd.Context) -> dict[str, Any]:
    """Returns the properties as plain values, whether their type declares them or not."""
    both = [*node.properties.items(), *node.custom_properties.items()]
    return {name: getattr(value, str(value.WhichOneof("value"))) for name, value in both}


def _names(store: metadata_store.MetadataStore, kind: str) -> dict[int, str]:
    """Returns the name of the context of a kind by the number of each execution in it."""
    contexts = store.get_contexts_by_type(kind)
    return {e.id: context.name for context in contexts for e in store.get_executions_by_context(context.id)}


def _events(store: metadata_store.MetadataStore, ids: list[int]) -> dict[int, list[mlmd.Event]]:
    found: dict[int, list[mlmd.Event]] = {}
    for start in range(0, len(ids), _AT_A_TIME):
        for event in store.get_events_by_execution_ids(ids[start : start + _AT_A_TIME]):
            found.setdefault(event.execution_id, []).append(event)
    return found


def _ids(events: Sequence[mlmd.Event], kind: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(event.artifact_id for event in events if event.type == kind))
