"""The section of the slices: which fall behind all rows, by how much, and what of that may be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scipy import stats

from components.evaluator import holm
from components.evaluator.metrics.slices import OVERALL
from pipeline.report.measured import Interval, Measured
from pipeline.report.record import Record
from pipeline.report.strips import Rule, Strip, scale_of, strip
from turnstile.metrics import DISCRIMINATING, METRICS

BEHIND, CHANCE, AHEAD, UNKNOWN = "behind", "may be chance", "ahead", "too few rows to tell"


@dataclass(frozen=True)
class Ranked:
    """A slice, and how it stands.

    Attributes:
        behind: how much worse the metric is than on all rows; None if it is not known.
        verdict: one of the words above.
        strip: the metric with its interval, against that of all rows.
        difference: from the model that serves, on the rows of the slice.
        bounds: the verdicts of the bounds on it.
    """

    slice: Measured
    value: float | None
    interval: Interval | None
    behind: float | None
    verdict: str
    strip: Strip | None
    difference: Interval | None
    bounds: Sequence[str]


def context(record: Record) -> dict[str, Any]:
    """Returns the slices, those that fall behind furthest first, by the metric that the config has bounds on."""
    metric = ranked_by(record)
    overall = record.overall.metrics.get(metric)
    return {
        "metric": metric,
        "overall": overall,
        "slices": ranked(record, metric, overall) if overall is not None else [],
        "baseline": record.baseline_version,
        "gaps": [bound for bound in record.bounds if bound.kind == "gap"],
        "confidence": record.confidence,
    }


def ranked_by(record: Record) -> str:
    """Returns the metric of the first bound on slices; without one, the metric that no constant answer does well in."""
    bounded = [bound.metric for bound in record.bounds if bound.slice != OVERALL]
    return bounded[0] if bounded else DISCRIMINATING[record.task]


def ranked(record: Record, metric: str, overall: float) -> list[Ranked]:
    """Ranks the slices by how far they fall behind; those of which nothing is known come last.

    Args:
        record: the record of the run.
        metric: what they are ranked by.
        overall: its value on all rows.
    """
    slices, confidence = record.slices, record.confidence
    known = [each for each in slices if metric in each.intervals and each.metrics.get(metric) is not None]
    chances = dict(
        zip(
            (s.name for s in known),
            holm.corrected([_chance(s, metric, overall, confidence) for s in known]),
            strict=True,
        )
    )
    scale = scale_of([overall, *(end for s in known for end in (s.intervals[metric].low, s.intervals[metric].high))])
    found = []
    for each in slices:
        value, interval = each.metrics.get(metric), each.intervals.get(metric)
        if interval is None and metric == "auc":
            value = None  # where all labels are the same, there is none; TFMA calls it 0
        behind = None if value is None or interval is None else worse_by(metric, record.task, overall, value)
        sure = chances.get(each.name, 1.0) <= 1 - confidence
        verdict = UNKNOWN if behind is None else CHANCE if not sure else BEHIND if behind > 0 else AHEAD
        bounds = [b.verdict for b in record.bounds if b.slice == each.name and b.metric == metric]
        drawn = None
        if value is not None and interval is not None:
            drawn = strip(scale, value, (interval.low, interval.high), rules=[Rule(overall, "overall")])
        found.append(Ranked(each, value, interval, behind, verdict, drawn, each.differences.get(metric), bounds))
    return sorted(found, key=lambda each: (each.behind is None, -(each.behind or 0.0), -each.slice.rows))


def worse_by(metric: str, task: str, overall: float, value: float) -> float:
    """Returns how much worse a value is than another; below 0 if it is better."""
    better = METRICS[task][metric].better
    if better == "near":
        return abs(value - 1) - abs(overall - 1)
    return overall - value if better == "higher" else value - overall


def _chance(each: Measured, metric: str, overall: float, confidence: float) -> float:
    """The chance of a value so far from the overall one, or further, if the slice were like all rows."""
    interval, value = each.intervals[metric], each.metrics[metric]
    assert value is not None
    reach = interval.high - value if value < overall else value - interval.low
    if reach <= 0:
        return 1.0 if value == overall else 0.0
    return float(2 * stats.norm.sf(abs(value - overall) / reach * stats.norm.ppf((1 + confidence) / 2)))
