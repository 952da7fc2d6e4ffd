"""The section of the features: each one's distributions side by side, its missing values and its drift."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.distributions import Distribution, distance
from pipeline.report.record import Record

BINS = 20  # of a drawn distribution of numbers
WIDTH, HEIGHT = 240, 64  # of a drawn distribution
_TAIL = 1.5  # how far from the middle 80 % a drawn distribution goes, in units of their width
_BARS = 7  # values of text that are drawn, the most frequent ones; the rest is one bar
_ONE_TENTH_MORE = 1.1  # of the highest bar, so that lines above it can be seen


@dataclass(frozen=True)
class Series:
    """The distributions of one set of rows: the train split, the eval split or that of the span before."""

    name: str
    by_column: Mapping[str, Distribution]


def context(record: Record, series: Sequence[Series], order: Sequence[str]) -> dict[str, Any]:
    """Returns a card for each feature and each column of the label.

    Args:
        record: the record of the run.
        series: the train split first.
        order: the features that matter most first; those that are not in it follow as in the config.
    """
    kinds = {**dict.fromkeys(record.label_columns, "label"), **record.features}
    names = list(dict.fromkeys([*order, *record.features, *record.label_columns]))
    odd = {str(each.get("column")) for each in record.anomalies}
    return {
        "series": [each.name for each in series],
        "cards": [_card(name, kinds[name], series, name in odd) for name in names if name in kinds],
        "width": WIDTH,
        "height": HEIGHT,
    }


def _card(name: str, kind: str, series: Sequence[Series], odd: bool) -> dict[str, Any]:
    found = [each.by_column.get(name) for each in series]
    known = [each for each in found if each and not each.is_empty]
    first, others = found[0], found[1:]
    return {
        "name": name,
        "kind": kind,
        "odd": odd,
        "missing": [None if each is None else each.missing for each in found],
        "distances": [distance(first, each) if first and each else None for each in others],
        "numbers": _of_numbers(found) if known and not known[0].counts else None,
        "bars": _of_text(found) if known and known[0].counts else None,
    }


def _of_numbers(found: Sequence[Distribution | None]) -> dict[str, Any]:
    """The first series as the area under its steps, the others as lines."""
    edges = drawn_edges([each for each in found if each])
    shares = [each.shares(edges) if each and len(each.edges) else None for each in found]
    top = max(float(each.max()) for each in shares if each is not None) * _ONE_TENTH_MORE or 1.0
    return {"low": edges[0], "high": edges[-1], "paths": [None if s is None else _steps(s / top) for s in shares]}


def _steps(heights: np.ndarray) -> str:
    """A path of steps from the bottom left to the bottom right."""
    width = WIDTH / len(heights)
    tops = [f"V{HEIGHT * (1 - height):.1f}H{width * (n + 1):.1f}" for n, height in enumerate(heights)]
    return f"M0 {HEIGHT}{''.join(tops)}V{HEIGHT}"


def drawn_edges(distributions: Sequence[Distribution]) -> np.ndarray:
    """Returns the edges of BINS bins that all distributions of numbers can be drawn in; a long tail is left out."""
    known = [each for each in distributions if len(each.edges)]
    least, most = min(each.edges[0] for each in known), max(each.edges[-1] for each in known)
    low = min(np.interp(0.1, each.below, each.edges) for each in known)
    high = max(np.interp(0.9, each.below, each.edges) for each in known)
    reach = _TAIL * (high - low) or math.inf
    low, high = max(least, low - reach), min(most, high + reach)
    return np.linspace(low, high if high > low else low + 1, BINS + 1)


def _of_text(found: Sequence[Distribution | None]) -> list[dict[str, Any]]:
    """The most frequent values, each with its share in every series; then all others together."""
    totals = [sum(each.counts.values()) if each else 0 for each in found]
    shares: list[dict[str, float]] = [
        {value: count / total for value, count in each.counts.items()} if each and total else {}
        for each, total in zip(found, totals, strict=True)
    ]
    ranked = sorted({v for each in shares for v in each}, key=lambda v: -max(each.get(v, 0) for each in shares))
    named, rest = (ranked, []) if len(ranked) <= _BARS + 1 else (ranked[:_BARS], ranked[_BARS:])
    rows: list[dict[str, Any]] = [
        {"value": value, "shares": [each.get(value, 0.0) for each in shares]} for value in named
    ]
    if rest:
        others = [sum(each.get(value, 0.0) for value in rest) for each in shares]
        rows.append({"value": None, "of": len(rest), "shares": others})
    return rows
