"""How far each column has moved from span to span."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components import distributions
from components.distributions import Distribution, distance
from turnstile.places import Place

_SPANS = 12  # the latest, as many as fit beside each other


@dataclass(frozen=True)
class Drift:
    """What moved.

    Attributes:
        spans: the spans that have one before them, oldest first.
        columns: for each column the distance of each of these spans from the one before, the column that moved most
            first; None where there is nothing to compare.
    """

    spans: tuple[str, ...]
    columns: Mapping[str, tuple[float | None, ...]]


def drift(columns: Iterable[str], statistics: Mapping[str, Place]) -> Drift:
    """Compares the train split of each span with that of the one before, by the Jensen-Shannon divergence.

    Args:
        columns: the columns to look at.
        statistics: the folder of StatisticsGen's statistics of each span, oldest first.
    """
    spans = list(statistics)[-_SPANS - 1 :]
    found = [distributions.read(statistics[span]).get("train", {}) for span in spans]
    moved = {name: tuple(_distances(name, found)) for name in columns}
    ranked = sorted(moved, key=lambda name: -max((d for d in moved[name] if d is not None), default=-1.0))
    return Drift(tuple(spans[1:]), {name: moved[name] for name in ranked})


def _distances(name: str, found: list[dict[str, Distribution]]) -> Iterable[float | None]:
    for before, after in itertools.pairwise(found):
        both = name in before and name in after
        yield distance(before[name], after[name]) if both else None
