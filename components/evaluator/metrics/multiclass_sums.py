"""The metrics of a label of several classes, as BinarySums has those of two.

An average over classes is over those that the rows have: of the others, nothing can be said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from components.evaluator.metrics import against_serving, ranking
from components.evaluator.metrics.grouped_sums import EPSILON, GroupedSums, Terms, Totals, check_probabilities, ratio
from components.evaluator.metrics.names import ONLY_CLASS, RARER, SEVERAL


def _averaged(of_class: Callable[[Totals, int], np.ndarray]) -> Callable[[Totals], np.ndarray]:
    """The mean of a metric of one class against the rest, over the classes of which it is a number."""

    def mean(t: Totals) -> np.ndarray:
        values = np.array([of_class(t, number) for number in range(len(t.histograms))])
        known = ~np.isnan(values)
        return ratio(np.where(known, values, 0).sum(0), known.sum(0)) if len(values) else np.full((), np.nan)

    return mean


def _rows_of(t: Totals, number: int) -> np.ndarray:
    return t.histograms[number][0].sum(-1)


def _auc(t: Totals, number: int) -> np.ndarray:
    positives, negatives = t.histograms[number]
    there = (positives.sum(-1) > 0) & (negatives.sum(-1) > 0)
    return np.where(there, ranking.auc(positives, negatives), np.nan)


def _precision(t: Totals, number: int) -> np.ndarray:
    """Of a class that the rows have and the model never says, it is 0."""
    precision = ratio(t.sums[f"right_{number}"], t.sums[f"said_{number}"])
    return np.where(np.isnan(precision) & (_rows_of(t, number) > 0), 0.0, precision)


def _recall(t: Totals, number: int) -> np.ndarray:
    return ratio(t.sums[f"right_{number}"], _rows_of(t, number))


def _rarer(t: Totals) -> np.ndarray:
    rows = [_rows_of(t, number) for number in range(len(t.histograms))]
    return t.sums["count"] - np.max(rows, axis=0) if rows else np.zeros(())


def _only_class(t: Totals) -> np.ndarray:
    said = np.array([t.sums[f"said_{number}"] > 0 for number in range(len(t.histograms))])
    return np.where(said.sum(0) == 1, np.argmax(said, axis=0), SEVERAL) if len(said) else np.full((), SEVERAL)


class MulticlassSums(GroupedSums):
    """The sums of rows with a label of several classes.

    A row is (group, label, the class that the model which serves says, a probability for each class ...); the third is
    NaN if none serves.
    """

    SUMS: ClassVar = ("count", "log_loss", "right", *against_serving.SUMS)
    METRICS: ClassVar = {
        "auc": _averaged(_auc),
        "accuracy": lambda t: ratio(t.sums["right"], t.sums["count"]),
        "precision": _averaged(_precision),
        "recall": _averaged(_recall),
        "log_loss": lambda t: ratio(t.sums["log_loss"], t.sums["count"]),
        "example_count": lambda t: t.sums["count"],
        ONLY_CLASS: _only_class,
        RARER: _rarer,
        **against_serving.METRICS,
    }
    TRIALS: ClassVar = {
        "accuracy": lambda t: t.sums["count"],
        **against_serving.TRIALS,
    }

    @classmethod
    def names(cls, count: int) -> tuple[str, ...]:
        """Returns those of SUMS, and two for each class: how often it is said, and how often rightly."""
        classes = range((count - len(cls.SUMS)) // 2)
        return (*cls.SUMS, *(f"said_{number}" for number in classes), *(f"right_{number}" for number in classes))

    @staticmethod
    def terms(rows: np.ndarray) -> Terms:
        """See GroupedSums.terms."""
        _, labels, served, *probabilities = rows.T
        scores = np.array(probabilities)
        _check(labels, scores)
        numbers = np.arange(len(scores))[:, np.newaxis]
        said, positive = np.argmax(scores, axis=0), labels == numbers
        losses = -np.log(np.clip(scores[labels.astype(int), np.arange(len(labels))], EPSILON, 1))
        sums = [
            np.ones(len(labels)), losses, said == labels,
            *against_serving.terms(labels, said, served),
            *(said == numbers), *((said == numbers) & positive),
        ]  # fmt: skip
        return Terms(np.array(sums, np.float64), scores, positive)


def _check(labels: np.ndarray, scores: np.ndarray) -> None:
    classes = range(len(scores))
    if not np.isin(labels, classes).all():
        received = labels[~np.isin(labels, classes)][0]
        raise ValueError(f"a label must be a class's number below {len(classes)}; received {received:g}")
    check_probabilities(scores)
