"""Tells tables in which something new meets from variations of one that has been run: a run takes seconds."""

from __future__ import annotations

from itertools import combinations

# The share of a table's pairs of traits that have to be new.
_ENOUGH = 0.5


class Novelty:
    """Chooses which of the generated tables to run, at most `wanted`, until one has failed."""

    def __init__(self, wanted: int) -> None:
        self._left = wanted
        self._met: set[tuple[str, str]] = set()
        self.failed = False

    def wants(self, traits: tuple[str, ...]) -> bool:
        """Whether to run a table; after a failure, whichever hypothesis thinks of, for it is looking for the least."""
        pairs = set(combinations(sorted(traits), 2))
        new = pairs - self._met
        if self.failed:
            return True
        if not self._left or len(new) < _ENOUGH * len(pairs):
            return False
        self._left -= 1
        self._met |= new
        return True
