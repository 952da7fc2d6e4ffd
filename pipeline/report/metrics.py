"""The section of the metrics: each with its interval, against its bounds and against the model that serves."""

from __future__ import annotations

from typing import Any

from components.evaluator.metrics.slices import OVERALL
from pipeline.report.measured import Bound
from pipeline.report.record import Record
from pipeline.report.strips import Rule, scale_of, strip
from turnstile.metrics import COUNT

_SIGNS = {"min": "≥", "max": "≤", "max_drop": "≥", "max_rise": "≤"}


def context(record: Record, other: Record | None = None) -> dict[str, Any]:
    """Returns a row for each metric, and the bounds that are on none of them.

    Args:
        record: the record of the run.
        other: the record of another run, to compare with.
    """
    on_overall = [bound for bound in record.bounds if bound.slice == OVERALL]
    names = [name for name in record.overall.metrics if name != COUNT]
    return {
        "rows": [_row(name, record, [b for b in on_overall if b.metric == name], other) for name in names],
        "more": [bound for bound in on_overall if bound.metric not in names],
        "baseline": record.baseline_version,
        "simple": list(record.simple_models),
        "count": record.overall.rows,
        "other": other,
    }


def edge(bound: Bound, baseline: float | None) -> float | None:
    """Returns where a bound is among the values of its metric; None for one on a change where nothing serves."""
    if bound.kind in ("min", "max"):
        return bound.limit
    if baseline is None or bound.kind not in _SIGNS:
        return None
    return baseline - bound.limit if bound.kind == "max_drop" else baseline + bound.limit


def _row(name: str, record: Record, bounds: list[Bound], other: Record | None) -> dict[str, Any]:
    overall = record.overall
    value, baseline = overall.metrics[name], overall.baseline.get(name)
    interval, difference = overall.intervals.get(name), overall.differences.get(name)
    at = [(bound, edge(bound, baseline)) for bound in bounds]
    ends = (interval.low, interval.high) if interval else None
    scale = scale_of([value, baseline, *(ends or ()), *(place for _, place in at)])
    rules = [Rule(place, bound.verdict) for bound, place in at if place is not None]
    return {
        "name": name,
        "value": value,
        "interval": interval,
        "strip": None if value is None else strip(scale, value, ends, baseline, rules),
        "bounds": [{"sign": _SIGNS.get(bound.kind, ""), "at": place, "bound": bound} for bound, place in at],
        "baseline": baseline,
        "difference": difference,
        "simple": [model.get(name) for model in record.simple_models.values()],
        "other": other.overall.metrics.get(name) if other else None,
        "other_interval": other.overall.intervals.get(name) if other else None,
    }
