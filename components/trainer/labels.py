"""What fitting has to know of the labels of all rows, in memory that does not grow with them."""

from __future__ import annotations

from collections import Counter

import numpy as np

from components.trainer.sample import Sample

# Labels of a regression that are kept for their scale, at most: the standard error of their mean is then under 0.15 %
# of their deviation.
_NUMBERS = 1_000_000


class Labels:
    """The labels of some rows.

    Attributes:
        rows: how many there are.
        counts: how many rows each class has, by its index; of labels that are no classes, nothing.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.counts: Counter[int] = Counter()
        self._numbers = Sample(_NUMBERS)

    @classmethod
    def of(cls, labels: np.ndarray) -> Labels:
        """Returns what is known of these labels, [rows]."""
        found = cls()
        found.add(labels)
        return found

    def add(self, labels: np.ndarray) -> None:
        """Adds the labels of more rows, [rows]: indices of classes, or floats."""
        self.rows += len(labels)
        if np.issubdtype(labels.dtype, np.integer):
            classes, counts = np.unique(labels, return_counts=True)
            self.counts.update(dict(zip(classes.tolist(), counts.tolist(), strict=True)))
        else:
            self._numbers.add(labels)

    def numbers(self) -> np.ndarray:
        """Returns the labels of a regression, or evenly spaced ones if there are very many, [rows]."""
        return self._numbers.rows()
