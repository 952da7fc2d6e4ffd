"""Which data a run's is compared with: what DataGate has let through before, by ML Metadata."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml_metadata import metadata_store as mlmd_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from turnstile.places import place

# How many spans back a slow drift is looked for, and whose statistics `turnstile clean` keeps: with quarters, a year.
REACH = 4
_PASSED = (mlmd.Execution.COMPLETE, mlmd.Execution.CACHED)


@dataclass(frozen=True)
class Passed:
    """Data that DataGate has let through.

    Attributes:
        span: its number, that of the newest span of a window; 0 of data without spans.
        fingerprint: of the content of its files.
        statistics: the folder of its statistics, which is there.
        artifact: ML Metadata's number of the statistics.
    """

    span: int
    fingerprint: str
    statistics: str
    artifact: int


def passed(store: mlmd_store.MetadataStore, node: str) -> list[Passed]:
    """Returns what has passed, in the order in which it did; what passed again counts by the last time.

    An execution that refused its data is recorded as failed, so it is not among these.

    Args:
        store: the records of the pipeline's runs.
        node: the name of DataGate's context, as `taxi.DataGate`.
    """
    context = store.get_context_by_type_and_name("node", node)
    executions = store.get_executions_by_context(context.id) if context else []
    found: dict[tuple[int, str], Passed] = {}
    for execution in sorted(executions, key=lambda each: each.id):
        if execution.last_known_state in _PASSED and (one := _of(store, execution.id)):
            found.pop((one.span, one.fingerprint), None)
            found[one.span, one.fingerprint] = one
    return list(found.values())


def earlier(known: Iterable[Passed], span: int, fingerprint: str, by_span: bool) -> list[Passed]:
    """Returns what data can be compared with, the nearest first.

    Args:
        known: what has passed, in order.
        span: the span of the data.
        fingerprint: its content: it is not compared with itself.
        by_span: whether data has spans. Then only smaller spans count, each as it passed last, however late that was;
            without, all other data does, the last first.
    """
    if by_span:
        return in_order((each for each in known if each.span < span), by_span)[::-1]
    return in_order((each for each in known if each.fingerprint != fingerprint), by_span)[::-1]


def in_order(known: Iterable[Passed], by_span: bool) -> list[Passed]:
    """Returns what has passed, each span once, the smallest first; without spans, as it has passed."""
    return sorted({each.span: each for each in known}.values(), key=lambda e: e.span) if by_span else list(known)


def reach(found: Sequence[Passed]) -> list[Passed]:
    """Returns the nearest, and the farthest of those in reach if there are more: one tells a jump, one a slow drift."""
    return [found[0], *found[1:REACH][-1:]] if found else []


def _of(store: mlmd_store.MetadataStore, execution: int) -> Passed | None:
    """Returns what an execution has let through; None if its statistics are gone, or it is older than drift gates."""
    events = store.get_events_by_execution_ids([execution])
    given = store.get_artifacts_by_id([event.artifact_id for event in events if event.type == mlmd.Event.INPUT])
    by_type = {artifact.type: artifact for artifact in given}
    examples, statistics = by_type.get("Examples"), by_type.get("ExampleStatistics")
    if examples is None or statistics is None or statistics.state != mlmd.Artifact.LIVE:
        return None
    if not place(statistics.uri).is_dir():
        return None
    told = examples.custom_properties
    return Passed(told["span"].int_value, told["input_fingerprint"].string_value, statistics.uri, statistics.id)
