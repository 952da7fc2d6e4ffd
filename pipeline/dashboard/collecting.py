"""Gathers what the page shows: the runs, the versions, the metric over time, and how the data has moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.config import Config
from pipeline.dashboard.drift import Drift, drift
from pipeline.past.history import Run, history
from pipeline.report import charts
from pipeline.run import folder, metadata_store
from serving.releases.listing import Listed, data, listing, metrics
from serving.releases.state import read, release_folder
from turnstile import outcomes, span_pattern
from turnstile.places import place

_CHARTED = 40  # runs, the latest: more would be too narrow to tell apart
_TONES = {outcomes.PUSHED: "var(--good)", outcomes.UNDECIDED: "var(--warn)", outcomes.REFUSED: "var(--bad)"}
_CARD = "model_card.html"


@dataclass(frozen=True)
class Dashboard:
    """What there is to show.

    Attributes:
        pipeline: its name.
        runs: newest first.
        versions: newest first, each with what it says of its data and its metrics.
        chart: the metric of the runs as SVG; "" if there is none.
        drift: how the data has moved; None if it has no two spans.
        pages: the pages that are there, by where they are below the pipeline's folder.
    """

    pipeline: str
    runs: list[Run]
    versions: list[dict[str, Any]]
    chart: str
    drift: Drift | None
    pages: frozenset[str]


def collect(config: Config) -> Dashboard:
    """Reads what is left of the runs of a pipeline."""
    from pipeline.lineage import graph

    root, where = folder.root(config), release_folder(config.serving, config.name)
    store = metadata_store.opened(folder.database(config))
    runs = history(config, graph.read(store)) if store else []
    names = (folder.REPORT, _CARD)
    pages = {str(page.relative_to(root)) for name in names for page in (root / "runs").glob(f"*/{name}")}
    return Dashboard(
        pipeline=config.name,
        runs=runs,
        versions=[_version(each) for each in listing(where, read(where))],
        chart=_chart(config, runs),
        drift=_drift(config) if store else None,
        pages=frozenset(pages),
    )


def _version(listed: Listed) -> dict[str, Any]:
    record = listed.record
    return {
        "number": listed.version,
        "state": listed.state.split(", "),
        "pushed": listed.pushed.isoformat() if listed.pushed else "",
        "run_id": str(record.get("run_id") or ""),
        "metrics": metrics(record),
        "data": data(record),
    }


def _drift(config: Config) -> Drift | None:
    found = metadata_store.statistics_by_span(folder.database(config))
    there = {span: place(uri) for span, uri in sorted(found.items()) if place(uri).exists()}
    if len(there) < 2:
        return None
    names = {str(span_pattern.of_number(config.data.path, span)): statistics for span, statistics in there.items()}
    return drift([*config.features, *config.label.columns], names)


def _chart(config: Config, runs: list[Run]) -> str:
    """The first metric that is required, with its interval, run by run, and the least that is required of it."""
    name = next((run.metric["name"] for run in runs if run.metric), None)
    known = [run for run in runs if run.metric and run.metric["name"] == name and run.metric["value"] is not None]
    if not known:
        return ""
    rows = [_point(run) for run in reversed(known[:_CHARTED])]
    axis = {"labelAngle": 0, "labelOverlap": "greedy"}
    x = {"field": "when", "type": "ordinal", "title": "began, in UTC", "axis": axis, "sort": None}
    y = charts.number("value", str(name), scale={"zero": False})
    color = {"color": {"field": "tone", "type": "nominal", "scale": None}}
    spans = charts.layer(rows, "rule", x, y | {"field": "low"}, strokeWidth=3, opacity=0.45,
                         encoding={"y2": {"field": "high"}, **color})  # fmt: skip
    dots = charts.layer(rows, "point", x, y, filled=True, size=60, encoding=color)
    bound = config.release.overall.get(str(name))
    least = [] if bound is None or bound.min is None else [_least(bound.min, y)]
    return charts.svg([spans, dots, *least], f"{name} of each run, with its interval", width=640)


def _point(run: Run) -> dict[str, Any]:
    assert run.metric is not None
    value = run.metric["value"]
    low, high = (value if run.metric[end] is None else run.metric[end] for end in ("low", "high"))
    tone = _TONES.get(run.outcome, "var(--muted)")
    return {"when": f"{run.started:%m-%d %H:%M:%S}", "value": value, "low": low, "high": high, "tone": tone}


def _least(at: float, y: charts.Spec) -> charts.Spec:
    mark = {"type": "rule", "color": charts.MUTED, "strokeDash": [4, 4]}
    return {"data": {"values": [{"value": at}]}, "mark": mark, "encoding": {"y": y}}
