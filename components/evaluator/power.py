"""What a gate can tell on as many rows as there are: which models it would refuse, pass, or leave undecided.

An answer depends on chance: on which rows these are. How much is known from the interval, so how often each answer
comes is known too, for any model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy import stats

from components.evaluator.bounds import edge_of
from components.evaluator.metrics.names import FLIPS, NEW_ERRORS
from components.evaluator.metrics.slices import OVERALL
from components.evaluator.settings import ReleaseConfig

# How often what is called caught is caught: the power that Cohen, Statistical power analysis for the behavioral
# sciences, 2nd edition (1988), section 2.4, proposes, and that trials are planned by.
POWER = 0.8
CHANGES = ("max_drop", "max_rise")


@dataclass(frozen=True, kw_only=True)
class Power:
    """What a gate can tell of one bound.

    Attributes:
        metric, bound, limit: what is bounded, and by what; as in bounds.Answer.
        slice: "overall", "column=value", or the column of a gap.
        examples: how many rows there are.
        value: what was measured; of a bound on a change, the difference from the model that serves.
        error: its standard error; None, as all that follows, if the rows are too few to tell anything.
        caught: a model whose value, or change, is this or worse is refused with a chance of POWER at least.
        refused, undecided, passed: the chance of each answer: for a bound on a change, of a model that is equal to the
            one that serves; for another, of a model whose true value is the one measured.
        rows: of about how many rows such a model would be decided with a chance of POWER; then, a model that is worse
            than the bound by as much as this one is better would be too. None if it is exactly at the bound.
    """

    metric: str
    bound: str
    limit: float
    slice: str
    examples: int
    value: float
    error: float | None = None
    caught: float | None = None
    refused: float | None = None
    undecided: float | None = None
    passed: float | None = None
    rows: int | None = None


def powers(release: ReleaseConfig, report: Mapping[str, Any]) -> list[Power]:
    """Returns what the gate can tell of each bound.

    Args:
        release: the bounds.
        report: Evaluator's, of rows that the gate judged (components/gate_report.py). A bound counts if the same metric
            was bounded in the same way then; its limit is the one that it has now.
    """
    judged = [each for each in report["bounds"] if each["value"] is not None and not _exact(each)]
    limits = _limits(release)
    many = Counter(_what(each) for each in judged)
    found = []
    for each in judged:
        limit = limits.get(_what(each), limits.get((each["metric"], each["bound"], each["slice"])))
        if limit is not None:
            found.append(_power(each, limit, report["confidence"], release.confidence, many[_what(each)]))
    return found


def unjudged(release: ReleaseConfig, report: Mapping[str, Any]) -> list[str]:
    """Returns the bounds that the report does not have, as "auc max_drop": they are new, or had nothing to judge."""
    judged = {key for each in report["bounds"] for key in (_what(each), (each["metric"], each["bound"], each["slice"]))}
    return [
        f"{metric} {bound}{'' if where == OVERALL else f' ({where})'}"
        for metric, bound, where in _limits(release)
        if (metric, bound, where) not in judged
    ]


def _exact(each: Mapping[str, Any]) -> bool:
    """Whether chance has no part in what was measured, as in a number of rows."""
    return each["low"] is not None and each["low"] == each["high"]


def _what(each: Mapping[str, Any]) -> tuple[str, str, str]:
    """The key of _limits for a threshold on all rows, or on all slices of a column."""
    return each["metric"], each["bound"], each["slice"].split("=", 1)[0]


def _limits(release: ReleaseConfig) -> dict[tuple[str, str, str], float]:
    """Each bound's limit by metric, bound, and what it is on: OVERALL, a column's slices, or one slice."""
    thresholds = [(name, OVERALL, threshold) for name, threshold in release.overall.items()]
    thresholds += [(t.metric, t.slice if t.value is None else f"{t.slice}={t.value}", t) for t in release.per_slice]
    limits = {
        (name, bound, where): getattr(threshold, bound)
        for name, where, threshold in thresholds
        for bound in ("min", "max", *CHANGES)
    }
    limits |= {(NEW_ERRORS, "max", OVERALL): release.max_new_errors, (FLIPS, "max", OVERALL): release.max_flips}
    limits |= {(gap.metric, "gap", gap.column): gap.max for gap in release.gap}
    return {key: limit for key, limit in limits.items() if limit is not None}


def _power(measured: Mapping[str, Any], limit: float, was: float, confidence: float, many: int) -> Power:
    """Returns what the gate can tell of a bound, by the normal distribution.

    An interval of half width z_a * error must be on the far side of the bound; that it is, with a chance of POWER,
    takes a distance of (z_a + z_b) * error. Source: Chow, Shao and Wang, Sample size calculations in clinical research,
    2nd edition (2008), section 3.1.

    Args:
        measured: of the bound, as the report has it.
        limit: its number.
        was: the confidence of the interval.
        confidence: of the intervals to judge by.
        many: how many slices are held against it; a refusal needs so much more evidence (Holm's first step).
    """
    same = {name: measured[name] for name in ("metric", "bound", "slice", "value", "examples")}
    if measured["low"] is None:
        return Power(**same, limit=limit)
    error = (measured["high"] - measured["low"]) / 2 / _normal(was)
    edge, above = edge_of(measured["bound"], limit)
    sign = 1 if above else -1  # from here on, higher is better
    to_pass, to_refuse, more = _normal(confidence), _normal(1 - (1 - confidence) / many), float(stats.norm.ppf(POWER))
    true = 0.0 if measured["bound"] in CHANGES else measured["value"]
    better = sign * (true - edge) / error
    refused, passed = float(stats.norm.cdf(-better - to_refuse)), float(stats.norm.cdf(better - to_pass))
    times = ((to_pass if better > 0 else to_refuse) + more) / better if better else math.inf
    return Power(
        **same,
        limit=limit,
        error=error,
        caught=edge - sign * error * (to_refuse + more),
        refused=refused,
        undecided=1 - refused - passed,
        passed=passed,
        rows=math.ceil(measured["examples"] * times**2) if times < math.inf else None,
    )


def _normal(confidence: float) -> float:
    return float(stats.norm.ppf((1 + confidence) / 2))
