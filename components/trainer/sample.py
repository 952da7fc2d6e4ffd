"""Keeps so few of very many rows that they fit in memory, whatever their number turns out to be."""

from __future__ import annotations

import numpy as np


class Sample:
    """Evenly spaced rows of all that are added: all of them, or between half of `most` and `most`.

    Args:
        most: how many rows are kept at most.
    """

    def __init__(self, most: int):
        self._most, self._step, self._offset = most, 1, 0
        self._batches: list[np.ndarray] = []
        self._kept = 0

    def add(self, rows: np.ndarray) -> None:
        """Adds a batch, [rows, ...]."""
        kept = rows[self._offset :: self._step].copy()  # a view would keep the whole batch in memory
        self._offset += self._step * len(kept) - len(rows)
        if len(kept):
            self._batches.append(kept)
            self._kept += len(kept)
        while self._kept > self._most:
            self._halve()

    def _halve(self) -> None:
        """Drops every other row; the next one to keep is where the new step leads."""
        if self._kept % 2:
            self._offset += self._step
        self._batches = [np.concatenate(self._batches)[::2]]
        self._kept, self._step = len(self._batches[0]), 2 * self._step

    def rows(self) -> np.ndarray:
        """Returns the rows that were kept, [rows, ...], in their order."""
        return np.concatenate(self._batches)
