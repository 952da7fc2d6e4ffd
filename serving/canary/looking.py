"""A look at the canary: which requests are about it, what became of them, and what that says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from serving.ab.arm_metrics import Metric, suitable_metrics
from serving.ab.arms import CANARY, STABLE
from serving.ab.joining import Counts, Joined, KeyResult, join_rows
from serving.canary.judging import PROMOTE, Judgement, judged
from serving.canary.reading import LookedAt, Window
from serving.releases import holds, release_record
from serving.releases.state import ReleaseFolder, State, read
from serving.releases.version_folders import version_folder
from turnstile.errors import UsageError
from turnstile.typed_command import typed

# The bound of [release.overall] that says by how much a metric of answers may get worse.
_BOUNDS = {
    "log_loss": ("log_loss", "max_rise"),
    "absolute_error": ("mean_absolute_error", "max_rise"),
    "accuracy": ("accuracy", "max_drop"),
}
METRICS = tuple(_BOUNDS)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        logs: request logs of both arms.
        outcomes: a .csv, .jsonl or .parquet file.
        key: its column with the key.
        outcome: its column with the outcome.
        metric: what to compare, of METRICS; by default one that the version has a bound for.
        margin: by how much the canary may be worse, in the metric's unit; by default that bound, or 0.
        confidence: between 0 and 1.
        settle_hours: how long an outcome may take; younger requests are left out.
    """

    logs: Sequence[str]
    outcomes: str
    key: str
    outcome: str
    metric: str | None = None
    margin: float | None = None
    confidence: float = 0.95
    settle_hours: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a look shows.

    Attributes:
        model: its name.
        versions: that of each arm; of a label that is on none, it is left out.
        nothing: why there is nothing to decide; "" if there is.
        metric: what was compared; "" before the first outcome.
        judgement: what came of it; None if there is nothing to decide.
        held: why a canary that should be promoted must not be, and what to do; "" if it may.
        since: when these versions became the two arms, as request logs have times; None if the audit log does not say.
        counts: the numbers of rows and keys, by what they are.
        others: how many rows were of other versions, or from before; how many were too young.
        files: what was read.
        keys: some of the keys that asked.
    """

    model: str
    versions: dict[str, int]
    nothing: str = ""
    metric: str = ""
    judgement: Judgement | None = None
    held: str = ""
    since: str | None = None
    counts: Counts = field(default_factory=Counts)
    others: dict[str, int] = field(default_factory=dict)
    files: list[LookedAt] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


def look(where: ReleaseFolder, question: Question) -> Look:
    """Compares the canary with the stable version on what became of their answers.

    A row is a key, which counts from when its outcome is known, with its first answer: so rows are only ever added, and
    what is computed of them does not depend on their order.

    Raises:
        UsageError: a file cannot be read, or the metric does not suit.
    """
    state = read(where)
    versions = {arm: state.labels[arm] for arm in (STABLE, CANARY) if arm in state.labels}
    if nothing := _nothing(versions):
        return Look(model=where.name, versions=versions, nothing=nothing)
    window = Window(where.name, versions, _since(state), question.settle_hours)
    files = [LookedAt.now(path) for path in (*question.logs, question.outcomes)]
    counts = Counts()
    rows = (row for file in files[:-1] for row in file.logged(counts) if window.has(row))
    joined = join_rows(rows, question.outcomes, question.key, question.outcome, counts, first=True)
    metric, judgement = _judged(joined, question, _bounds(where, versions[CANARY]))
    return Look(
        model=where.name,
        versions=versions,
        metric=metric,
        judgement=judgement,
        held=_held(where, state, versions[CANARY]) if judgement.verdict == PROMOTE else "",
        since=window.since,
        counts=counts,
        others={"rows_of_others": window.others, "young_rows": window.young},
        files=files,
        keys=joined.keys,
    )


def facts(looked: Look) -> dict[str, Any]:
    """Returns the evidence of a look as plain values, for the audit log and for `--json`."""
    judgement = looked.judgement
    return {
        "method": "asymptotic confidence sequence of the difference of mean losses (Turnstile, ADR 35)",
        "metric": looked.metric,
        **(asdict(judgement) if judgement else {}),
        "versions": looked.versions,
        "since": looked.since,
        "counts": asdict(looked.counts) | looked.others,
        "files": [asdict(file) for file in looked.files],
    }


def _nothing(versions: dict[str, int]) -> str:
    if CANARY not in versions:
        return "no version is canary"
    if STABLE not in versions:
        return f"{versions[CANARY]} is canary, and no version is stable to compare it with"
    return "there is no canary: the label leads to the stable version" if len(set(versions.values())) == 1 else ""


def _since(state: State) -> str | None:
    """When the two labels came to be on the versions that they are on now."""
    for entry in reversed(state.entries):
        if any(entry.before.get(arm) != entry.after.get(arm) for arm in (STABLE, CANARY)):
            return entry.time
    return None


def _bounds(where: ReleaseFolder, version: int) -> dict[str, float]:
    """Returns by how much each metric may be worse than the baseline's, as the gate held the version against it."""
    thresholds = release_record.read(version_folder(where.folder, version)).get("thresholds") or {}
    overall = thresholds.get("overall") or {}
    found = {name: (overall.get(metric) or {}).get(bound) for name, (metric, bound) in _BOUNDS.items()}
    return {name: bound for name, bound in found.items() if bound is not None}


def _judged(joined: Joined, question: Question, bounds: dict[str, float]) -> tuple[str, Judgement]:
    pairs = [pair for arm in joined.arms.values() for pair in arm]
    metric = _metric(pairs, question.metric, bounds) if pairs else None
    name = metric.name if metric else question.metric or ""
    margin = bounds.get(name, 0.0) if question.margin is None else question.margin
    loss: Callable[[KeyResult], float] = _loss(metric) if metric else lambda pair: 0.0
    losses = {arm: [loss(pair) for pair in found] for arm, found in joined.arms.items()}
    return name, judged(losses, margin, question.confidence)


def _loss(metric: Metric) -> Callable[[KeyResult], float]:
    if metric.better == "lower":
        return metric.value_of
    return lambda pair: 1 - metric.value_of(pair)


def _metric(pairs: Sequence[KeyResult], wanted: str | None, bounds: dict[str, float]) -> Metric:
    suiting = {name: metric for name, metric in suitable_metrics(pairs).items() if name in METRICS}
    if not suiting or (wanted and wanted not in suiting):
        there = ", ".join(suiting) or "none"
        text = f"--metric {wanted}: does" if wanted else f"{', '.join(METRICS)}: do"
        raise UsageError(f"{text} not suit these outcomes and this model's outputs; suiting: {there}")
    return suiting[wanted or next((name for name in suiting if name in bounds), next(iter(suiting)))]


def _held(where: ReleaseFolder, state: State, version: int) -> str:
    if not holds.undecided(where, state, version):
        return ""
    first, then = typed("override", str(version), "--why", "REASON"), typed("promote", str(version))
    return f"Evaluator left {version} undecided, so a person must let it be stable: {first}, then {then}"
