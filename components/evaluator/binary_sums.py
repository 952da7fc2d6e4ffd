"""What every metric of a binary label is made of: some sums over its rows, and a histogram of the predictions.

There are no example weights: nothing in this project gives any, and TFMA refuses them for metrics that take none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from components.evaluator.tfma_metrics import SEVERAL

# Rows kept as they came until numpy takes them all at once. Of 100, a row costs 4 microseconds; of 1,000, 0.8; of
# 10,000, 0.5. A thousand take less memory than a full histogram.
ROWS = 1_000
# As many as TFMA's own AUC has, but where positives are rare, most predictions are in TFMA's first bin, as one large
# tie: of a model of 120,000 taxi trips, half. So the edges of half of our bins are equally far apart in the logit, and
# only those of the other half in the probability. The last bin holds the predictions that are exactly 1.
BINS = 10_000
_LOGIT = 16  # beyond sigmoid(16) there is one float32 left below 1
_EDGES = np.union1d(np.linspace(0, 1, BINS // 2), 1 / (1 + np.exp(-np.linspace(-_LOGIT, _LOGIT, BINS // 2))))
# What Keras adds to 0 and takes from 1 before the logarithm. TFMA does neither: of a single prediction that is
# rounded to 0 or to 1, its log loss is not a number, even if that prediction is right.
EPSILON = 1e-7

Row = tuple[float, float, float]  # label, prediction, and the class that the model says


@dataclass(slots=True)
class BinarySums:
    """The sums of some rows, and up to ROWS further rows that are not summed up yet.

    Its memory is bounded by the number of bins, and by the number of rows where these are fewer.

    Attributes:
        predictions: their sum.
        log_loss: its sum.
        true_positives, false_positives: of how many rows the model says 1, and is right, or wrong.
        histogram: float64 [3, occupied bins]; each bin's number, ascending, its positive and its negative labels.
        rows: the further rows.
    """

    predictions: float = 0.0
    log_loss: float = 0.0
    true_positives: float = 0.0
    false_positives: float = 0.0
    histogram: np.ndarray = field(default_factory=lambda: np.empty([3, 0]))
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Adds a row; all its numbers are from 0 to 1."""
        self.rows.append(row)
        if len(self.rows) >= ROWS:
            self.condense()

    def condense(self) -> BinarySums:
        """Sums up the rows that are not yet, and returns itself."""
        if self.rows:
            labels, predictions, said = np.array(self.rows, np.float64).T
            _check(labels, predictions)
            self.rows = []
            positive, said_positive = labels == 1, said == 1
            clipped = np.clip(predictions, EPSILON, 1 - EPSILON)
            self.predictions += float(predictions.sum())
            self.log_loss -= float(np.log(np.where(positive, clipped, 1 - clipped)).sum())
            self.true_positives += float((said_positive & positive).sum())
            self.false_positives += float((said_positive & ~positive).sum())
            bins = np.searchsorted(_EDGES, predictions, side="right")
            self._add_bins(np.stack([bins, positive, ~positive]))
        return self

    def merge(self, other: BinarySums) -> None:
        """Adds the rows of `other`, which stays as it is."""
        self.predictions += other.predictions
        self.log_loss += other.log_loss
        self.true_positives += other.true_positives
        self.false_positives += other.false_positives
        self._add_bins(other.histogram)
        self.rows = self.rows + other.rows
        if len(self.rows) >= ROWS:
            self.condense()

    def _add_bins(self, histogram: np.ndarray) -> None:
        bins, positives, negatives = np.concatenate([self.histogram, histogram], axis=1)
        occupied, index = np.unique(bins, return_inverse=True)
        size = len(occupied)
        self.histogram = np.stack([occupied, np.bincount(index, positives, size), np.bincount(index, negatives, size)])


def _check(labels: np.ndarray, predictions: np.ndarray) -> None:
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"a binary label must be 0 or 1; received {labels[~np.isin(labels, (0, 1))][0]:g}")
    valid = (predictions >= 0) & (predictions <= 1)  # NaN is not
    if not valid.all():
        raise ValueError(f"a probability must be between 0 and 1; the model answered {predictions[~valid][0]:g}")


def merged(some: Iterable[BinarySums]) -> BinarySums:
    """Returns the sums of all their rows."""
    total = BinarySums()
    for sums in some:
        total.merge(sums)
    return total


def count(sums: BinarySums) -> float:
    """The number of rows."""
    return _positives(sums) + _negatives(sums)


def auc(sums: BinarySums) -> float:
    """The area under the ROC curve; 0 if all labels are the same, as TFMA has it.

    It is the share of pairs of a positive and a negative row of which the positive one has the higher prediction;
    a tie, here two predictions in the same bin, counts half, as the trapezoids under the curve have it.
    Source: Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27 (2006), sections 4 and 7.
    """
    _, positives, negatives = sums.histogram
    pairs = positives.sum() * negatives.sum()
    lower = np.cumsum(negatives) - negatives
    return float(positives @ (lower + negatives / 2) / pairs) if pairs else 0.0


def pr_auc(sums: BinarySums) -> float:
    """The area under the curve of precision and recall, as average precision; NaN if no label is positive.

    It is the mean, over the positive rows, of the precision among all rows that are predicted at least as high; two
    predictions in the same bin are as high as each other.
    Source: Davis and Goadrich, The relationship between precision-recall and ROC curves, ICML 2006.
    """
    _, positives, negatives = sums.histogram[:, ::-1]
    found, predicted = np.cumsum(positives), np.cumsum(positives + negatives)
    return _ratio(float(positives @ (found / predicted)), _positives(sums))


def accuracy(sums: BinarySums) -> float:
    """The share of rows of which the model says the right class."""
    true_negatives = _negatives(sums) - sums.false_positives
    return _ratio(sums.true_positives + true_negatives, count(sums))


def precision(sums: BinarySums) -> float:
    """The share of right ones among the rows of which the model says 1; NaN if there is none."""
    return _ratio(sums.true_positives, sums.true_positives + sums.false_positives)


def recall(sums: BinarySums) -> float:
    """The share of positive labels of which the model says 1; NaN if no label is positive."""
    return _ratio(sums.true_positives, _positives(sums))


def log_loss(sums: BinarySums) -> float:
    """The mean of -log(p) over positive and of -log(1 - p) over negative labels, with p kept EPSILON off 0 and 1."""
    return _ratio(sums.log_loss, count(sums))


def calibration(sums: BinarySums) -> float:
    """The sum of predictions divided by the sum of labels, as TFMA has it; NaN if no label is positive."""
    return _ratio(sums.predictions, _positives(sums))


def mean_label(sums: BinarySums) -> float:
    """The share of positive labels."""
    return _ratio(_positives(sums), count(sums))


def only_class(sums: BinarySums) -> float:
    """The class that the model says of every row; SEVERAL if there are two."""
    predicted = sums.true_positives + sums.false_positives
    return 0.0 if predicted == 0 else 1.0 if predicted == count(sums) else SEVERAL


def _positives(sums: BinarySums) -> float:
    return float(sums.histogram[1].sum())


def _negatives(sums: BinarySums) -> float:
    return float(sums.histogram[2].sum())


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.nan
