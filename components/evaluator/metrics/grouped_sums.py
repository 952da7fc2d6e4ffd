"""Sums over rows, kept apart by group: what every metric, and its interval, is made of.

They are mergeable, so that Beam can make them anywhere, and bounded in memory. A metric is a function of the sums of
all rows; of the sums without each group in turn, the same function gives what its interval is made of
(components/evaluator/metrics/jackknife.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from components.evaluator.metrics.groups import GROUPS

# Rows kept as they came until numpy takes them all at once. Of 100, a row costs 4 microseconds; of 1,000, 0.8; of
# 10,000, 0.5.
ROWS = 1_000
_PARTS = 16  # so many times ROWS are summed up at once
# As many as TFMA's own AUC has, but where positives are rare, most predictions are in TFMA's first bin, as one large
# tie: of a model of 120,000 taxi trips, half. So the edges of half of our bins are equally far apart in the logit, and
# only those of the other half in the probability. The last bin holds the predictions that are exactly 1.
BINS = 10_000
_LOGIT = 16  # beyond sigmoid(16) there is one float32 left below 1
EDGES = np.union1d(np.linspace(0, 1, BINS // 2), 1 / (1 + np.exp(-np.linspace(-_LOGIT, _LOGIT, BINS // 2))))

# What Keras adds to 0 and takes from 1 before the logarithm. TFMA does neither: of a single prediction that is
# rounded to 0 or to 1, its log loss is not a number, even if that prediction is right.
EPSILON = 1e-7

Row = tuple[float, ...]  # the group first; then what the task's metrics need


@dataclass(frozen=True)
class Terms:
    """What some rows add to the sums.

    Attributes:
        sums: float64 [sums, rows].
        scores: float64 [classes, rows], each from 0 to 1; no class where nothing is ranked.
        positive: bool [classes, rows]; whether a row is of the class.
    """

    sums: np.ndarray
    scores: np.ndarray
    positive: np.ndarray


@dataclass(frozen=True)
class Totals:
    """The sums of all rows, [], or of those left without each group, [GROUPS].

    Attributes:
        sums: each by its name.
        histograms: of each class, how many rows are of it and how many are not, each [..., bins], bins ascending.
        bins: of each class, the numbers of those bins.
    """

    sums: dict[str, np.ndarray]
    histograms: list[tuple[np.ndarray, np.ndarray]]
    bins: list[np.ndarray]


Function = Callable[[Totals], np.ndarray]


@dataclass
class GroupedSums:
    """The sums of some rows, and rows that are not summed up yet; a class of its own for each task.

    Its memory is bounded by the number of cells, and by the number of rows where these are fewer.

    Attributes:
        SUMS: the names of the sums.
        METRICS: each metric as a function of Totals, [] or [GROUPS], to numbers of the same shape.
        TRIALS: of each metric that is a share, how many it is a share of; likewise.
        sums: float64 [sums, GROUPS]; None if no row is summed up.
        histogram: float64 [3, occupied]; each cell's number, ascending, its rows that are of the class and that are
            not. A cell is a bin of a group of a class, numbered in this order.
        rows: rows that are not summed up, as they came.
        parts: float64 [rows, numbers of a row] each; more of them.
    """

    SUMS: ClassVar[tuple[str, ...]]
    METRICS: ClassVar[Mapping[str, Function]]
    TRIALS: ClassVar[Mapping[str, Function]] = {}

    sums: np.ndarray | None = None
    histogram: np.ndarray = field(default_factory=lambda: np.empty([3, 0]))
    rows: list[Row] = field(default_factory=list)
    parts: list[np.ndarray] = field(default_factory=list)

    @staticmethod
    def terms(rows: np.ndarray) -> Terms:
        """Returns what rows add to the sums: float64 [rows, numbers of a row], of which the first is the group.

        Raises:
            ValueError: a number is none that a label, or a model's answer, can be.
        """
        raise NotImplementedError

    @classmethod
    def names(cls, count: int) -> tuple[str, ...]:
        """Returns the names of `count` sums."""
        del count  # they are always as many
        return cls.SUMS

    def add(self, row: Row) -> None:
        """Adds a row."""
        self.rows.append(row)
        if len(self.rows) >= ROWS:
            self._part()

    def merge(self, other: GroupedSums) -> None:
        """Adds the rows of `other`, which stays as it is."""
        self.parts = self.parts + other.parts
        self.rows = self.rows + other.rows
        if other.sums is not None:
            self._add_sums(other.sums, other.histogram)
        if len(self.rows) >= ROWS:
            self._part()

    def condense(self) -> GroupedSums:
        """Sums up the rows that are not yet, and returns itself."""
        self._part()
        if self.parts:
            rows = np.concatenate(self.parts)
            self.parts = []
            terms, groups = self.terms(rows), rows[:, 0].astype(int)
            bins = np.searchsorted(EDGES, terms.scores, side="right")
            classes = np.arange(len(terms.scores))[:, np.newaxis]
            cells = (classes * GROUPS + groups) * (BINS + 1) + bins
            self._add_sums(
                np.stack([np.bincount(groups, each, GROUPS) for each in terms.sums]),
                np.stack([cells.ravel(), terms.positive.ravel(), ~terms.positive.ravel()]),
            )
        return self

    def _part(self) -> None:
        if self.rows:
            self.parts = [*self.parts, np.array(self.rows, np.float64)]
            self.rows = []
            if len(self.parts) >= _PARTS:
                self.condense()

    def _add_sums(self, sums: np.ndarray, histogram: np.ndarray) -> None:
        self.sums = sums if self.sums is None else self.sums + sums
        cells, positives, negatives = np.concatenate([self.histogram, histogram], axis=1)
        occupied, index = np.unique(cells, return_inverse=True)
        size = len(occupied)
        self.histogram = np.stack([occupied, np.bincount(index, positives, size), np.bincount(index, negatives, size)])

    def totals(self) -> tuple[Totals, Totals]:
        """Returns the sums of all rows, and those without each group in turn."""
        self.condense()
        sums = np.zeros([len(self.SUMS), GROUPS]) if self.sums is None else self.sums
        names, overall = self.names(len(sums)), sums.sum(axis=1)
        histograms, bins = zip(*_by_class(self.histogram), strict=True) if self.histogram.size else ((), ())
        whole = [tuple(counts.sum(axis=1)) for counts in histograms]
        without = [tuple(counts.sum(axis=1, keepdims=True) - counts) for counts in histograms]
        return (
            Totals(dict(zip(names, overall, strict=True)), whole, list(bins)),
            Totals(dict(zip(names, overall[:, np.newaxis] - sums, strict=True)), without, list(bins)),
        )

    def measured(self) -> np.ndarray:
        """Returns float64 [metrics, 2 + GROUPS], the metrics in the order of METRICS.

        Of each, it has the value, how many it is a share of (0 if it is no share), and its value without each group in
        turn.
        """
        whole, without = self.totals()
        trials = [self.TRIALS[name](whole) if name in self.TRIALS else 0.0 for name in self.METRICS]
        rows = [
            [metric(whole), of, *np.broadcast_to(metric(without), GROUPS)]
            for metric, of in zip(self.METRICS.values(), trials, strict=True)
        ]
        return np.array(rows, np.float64)


def _by_class(histogram: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Yields, of each class, float64 [2, GROUPS, bins] and the numbers of the bins."""
    cells = histogram[0].astype(int)
    classes, groups = cells // (GROUPS * (BINS + 1)), cells // (BINS + 1) % GROUPS
    for number in range(int(classes.max()) + 1):
        of_class = classes == number
        bins, columns = np.unique(cells[of_class] % (BINS + 1), return_inverse=True)
        counts = np.zeros([2, GROUPS, len(bins)])
        counts[:, groups[of_class], columns] = histogram[1:, of_class]
        yield counts, bins


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The quotient; NaN where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator != 0, np.true_divide(numerator, denominator), np.nan)


def check_probabilities(probabilities: np.ndarray) -> None:
    """Raises ValueError, naming the first that is none, unless all numbers are from 0 to 1."""
    valid = (probabilities >= 0) & (probabilities <= 1)  # NaN is not
    if not valid.all():
        raise ValueError(f"a probability must be between 0 and 1; the model answered {probabilities[~valid][0]:g}")
