"""A number with its interval, drawn in a cell of a table: a dot, a line, and what it is held against."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 200, 22
_ROOM = 0.1  # beside the numbers, as a share of what is between them
_MARGIN = 8  # so that a dot at an end is whole


@dataclass(frozen=True)
class Scale:
    """From numbers to places in a strip."""

    low: float
    high: float

    def place(self, number: float) -> float:
        """Returns where a number is, in pixels from the left; one beyond an end is at the end."""
        share = (number - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(_MARGIN + min(max(share, 0), 1) * (WIDTH - 2 * _MARGIN), 1)


def scale_of(numbers: Iterable[float | None]) -> Scale:
    """Returns the scale on which all of some numbers have a place, with some room on both sides."""
    known = [n for n in numbers if n is not None and math.isfinite(n)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    return Scale(low - _ROOM * (high - low), high + _ROOM * (high - low))


@dataclass(frozen=True)
class Rule:
    """A bound: where it is, and what the rows say of it."""

    at: float
    verdict: str


@dataclass(frozen=True)
class Strip:
    """What is drawn, in pixels from the left.

    Attributes:
        dot: the number.
        line: the ends of its interval.
        other: the number of the model that serves.
        rules: the bounds.
    """

    dot: float
    line: tuple[float, float] | None = None
    other: float | None = None
    rules: Sequence[Rule] = field(default=())


def strip(
    scale: Scale,
    value: float,
    interval: tuple[float, float] | None,
    other: float | None = None,
    rules: Sequence[Rule] = (),
) -> Strip:
    """Returns what is drawn of a number; arguments as the attributes of Strip, in the number's own units."""
    return Strip(
        scale.place(value),
        (scale.place(interval[0]), scale.place(interval[1])) if interval else None,
        None if other is None else scale.place(other),
        [Rule(scale.place(rule.at), rule.verdict) for rule in rules],
    )
