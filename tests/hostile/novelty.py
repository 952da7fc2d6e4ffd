"""Tells tables in which something new meets from variations of one that has been run: a run takes seconds."""

from __future__ import annotations

from itertools import combinations

# The share of a table's pairs of traits that have to be new.
_ENOUGH = 0.5


class Novelty:
    """Remembers which traits have met."""

    def __init__(self) -> None:
        self._met: set[tuple[str, str]] = set()

    def of(self, traits: tuple[str, ...]) -> bool:
        """Whether enough of these have not met before; they have, from then on."""
        pairs = set(combinations(sorted(traits), 2))
        new = pairs - self._met
        if len(new) < _ENOUGH * len(pairs):
            return False
        self._met |= new
        return True
