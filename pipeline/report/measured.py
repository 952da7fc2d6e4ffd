"""What a record says of metrics, bounds and gates, as values with names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Numbers = Mapping[str, float | None]


@dataclass(frozen=True)
class Interval:
    """Where a number may be, were it measured on all possible rows; of a difference, with its value."""

    low: float
    high: float
    value: float | None = None


@dataclass(frozen=True)
class Measured:
    """The numbers of some rows.

    Attributes:
        name: the slice's, as "column=value", or "overall".
        rows: how many there are.
        metrics: by name; None for one that cannot be told.
        intervals: of the metrics; those that the rows are too few for are left out.
        baseline: the metrics of the model that serves, on the same rows.
        differences: between the two.
    """

    name: str
    rows: int
    metrics: Numbers
    intervals: Mapping[str, Interval]
    baseline: Numbers
    differences: Mapping[str, Interval]


@dataclass(frozen=True)
class Bound:
    """What the rows say of one bound; see components/evaluator/bounds.py.

    Attributes:
        kind: "min", "max", "max_drop", "max_rise" or "gap".
        verdict: "reached", "missed" or "undecided".
    """

    metric: str
    slice: str
    kind: str
    limit: float
    value: float | None
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True)
class Gate:
    """What a gate said; `verdict` is "passed", "refused" or "undecided"."""

    name: str
    verdict: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def measured(name: str, rows: int, plain: Mapping[str, Any]) -> Measured:
    """Returns what the record has of some rows.

    Args:
        name: see Measured.
        rows: see Measured.
        plain: where the record has it.
    """
    return Measured(
        name,
        rows,
        plain.get("metrics") or {},
        _intervals(plain.get("intervals")),
        plain.get("baseline") or {},
        _intervals(plain.get("differences")),
    )


def _intervals(plain: Mapping[str, Any] | None) -> dict[str, Interval]:
    return {name: Interval(each["low"], each["high"], each.get("value")) for name, each in (plain or {}).items()}
