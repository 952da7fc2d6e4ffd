"""What came of each run: told from its record, and where it has none, from ML Metadata and the version it pushed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.config import Config
from pipeline.lineage.graph import Graph, Step
from pipeline.lineage.versions import data_of
from pipeline.run import folder, metadata_store
from pipeline.run.gate_results import outcome_of, result_of
from serving.releases import release_record
from serving.releases.state import ReleaseFolder, State, read, release_folder
from serving.releases.version_folders import version_folder
from turnstile.outcomes import PUSHED, UNFINISHED

# What `turnstile schema infer` runs, and `turnstile tune`; those are no runs that could push.
_ONLY_STATISTICS, _TUNER = {"ExampleGen", "StatisticsGen"}, "Tuner"


@dataclass(frozen=True)
class Run:
    """What came of a run.

    Attributes:
        run_id: its name.
        started: when it began, in UTC.
        seconds: how long it took; None if nothing says so.
        outcome: one of the words of turnstile/outcomes.py.
        metric: the first metric that is required, or measured: its name, value, and interval's low and high; None if
            no model was judged.
        version: the version that it pushed, or that was pushed before; None if there is none.
        labels: those that are on that version now.
        exists: whether that version is there.
        span: the day or the number of its data; None of data without spans.
        rows: how many rows it had; None if nothing says so.
    """

    run_id: str
    started: datetime.datetime
    seconds: float | None
    outcome: str
    metric: dict[str, Any] | None
    version: int | None
    labels: tuple[str, ...]
    exists: bool
    span: str | None
    rows: int | None

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self) | {"started": self.started.isoformat(timespec="seconds"), "labels": list(self.labels)}


def history(config: Config, graph: Graph) -> list[Run]:
    """Returns the runs of a pipeline, newest first.

    Args:
        config: of the pipeline.
        graph: what ML Metadata has recorded.
    """
    by_run: dict[str, list[Step]] = {}
    for step in graph.steps:
        if step.run_id not in graph.cleaned:
            by_run.setdefault(step.run_id, []).append(step)
    whole = {run_id: steps for run_id, steps in by_run.items() if _is_run(config, run_id, steps)}
    where = release_folder(config.serving, config.name)
    state = read(where)
    return sorted((_run(config, graph, where, state, run_id, steps) for run_id, steps in whole.items()),
                  key=lambda run: run.started, reverse=True)  # fmt: skip


def _is_run(config: Config, run_id: str, steps: Iterable[Step]) -> bool:
    """Whether a run could have pushed: it left a record, did more than statistics, or failed in them."""
    if folder.record_file(folder.root(config), run_id).exists():
        return True
    components = {step.component for step in steps}
    further = not components <= _ONLY_STATISTICS  # of an override, it is Pusher alone
    return _TUNER not in components and (further or max(steps, key=lambda step: step.id).outputs == ())


def _run(config: Config, graph: Graph, where: ReleaseFolder, state: State, run_id: str, steps: Sequence[Step]) -> Run:
    record = release_record.read_file(folder.record_file(folder.root(config), run_id))
    pushed = _pushed(graph, steps)
    version = (record.get("push") or {}).get("version") if record else pushed
    place = version_folder(where.folder, version) if version is not None else None
    outcome = record.get("outcome") or (PUSHED if version is not None else _outcome(config, run_id))
    record = record or (release_record.read(place) if place else {})
    return Run(
        run_id=run_id,
        started=min(step.time for step in steps),
        seconds=record.get("seconds"),
        outcome=outcome,
        metric=_metric(record),
        version=version,
        labels=tuple(state.labels_of(version)) if version is not None else (),
        exists=bool(place and place.exists()),
        span=_span(config, graph, steps),
        rows=sum(((record.get("data") or {}).get("rows") or {}).values()) or None,
    )


def _pushed(graph: Graph, steps: Iterable[Step]) -> int | None:
    outputs = [graph.artifacts[id_] for step in steps for id_ in step.outputs]
    found = [each for each in outputs if each.type == "PushedModel" and each.properties.get("pushed") == 1]
    return int(found[-1].properties["pushed_version"]) if found else None


def _outcome(config: Config, run_id: str) -> str:
    """Tells how a run ended that has no record: it goes on, was killed, or is older than records are."""
    executions = metadata_store.executions(folder.database(config), run_id)
    said = (result_of(execution) for execution in executions.values())
    return outcome_of(gate for gate in said if gate and not gate.passed) or UNFINISHED


def _metric(record: Mapping[str, Any]) -> dict[str, Any] | None:
    values = record.get("metrics") or {}
    required = (record.get("thresholds") or {}).get("overall") or {}
    name = next((name for name in (*required, *values) if name in values), None)
    interval = (record.get("intervals") or {}).get(name) or {}
    return name and {"name": name, "value": values[name], "low": interval.get("low"), "high": interval.get("high")}


def _span(config: Config, graph: Graph, steps: Iterable[Step]) -> str | None:
    examples = {id_: graph.artifacts[id_] for step in steps for id_ in (*step.outputs, *step.inputs)}
    spans = [data.span for data in data_of(graph, examples.values(), config.data.path)]
    return str(spans[0]) if spans and spans[0] is not None else None
