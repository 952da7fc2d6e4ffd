"""The metrics of a binary label: what they are sums of, and each as a function of these sums.

There are no example weights: nothing in this project gives any, and TFMA refuses them for metrics that take none.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from components.evaluator.metrics import against_serving, ranking
from components.evaluator.metrics.grouped_sums import (
    EDGES,
    EPSILON,
    GroupedSums,
    Terms,
    Totals,
    check_probabilities,
    ratio,
)
from components.evaluator.metrics.names import MEAN_LABEL, ONLY_CLASS, RARER, SEVERAL

_STEPS = 25  # of Newton's method for the slope; it takes 5 to 8
_CLOSE = 1e-9


def _check(labels: np.ndarray, predictions: np.ndarray) -> None:
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"a binary label must be 0 or 1; received {labels[~np.isin(labels, (0, 1))][0]:g}")
    check_probabilities(predictions)


def auc(t: Totals) -> np.ndarray:
    """See ranking.auc."""
    return ranking.auc(*t.histograms[0]) if t.histograms else np.zeros(())


def pr_auc(t: Totals) -> np.ndarray:
    """See ranking.pr_auc."""
    return ranking.pr_auc(*t.histograms[0]) if t.histograms else np.full((), np.nan)


def right(t: Totals) -> np.ndarray:
    """The number of rows of which the model says the right class."""
    return t.sums["count"] - t.sums["positives"] - t.sums["false_positives"] + t.sums["true_positives"]


def said_1(t: Totals) -> np.ndarray:
    """The number of rows of which the model says 1."""
    return t.sums["true_positives"] + t.sums["false_positives"]


def rarer(t: Totals) -> np.ndarray:
    """The number of rows of the rarer class."""
    return np.minimum(t.sums["positives"], t.sums["count"] - t.sums["positives"])


def only_class(t: Totals) -> np.ndarray:
    """The class that the model says of every row; SEVERAL if there are two."""
    return np.where(said_1(t) == 0, 0.0, np.where(said_1(t) == t.sums["count"], 1.0, SEVERAL))


def calibration_slope(t: Totals) -> np.ndarray:
    """How much the labels follow the predictions: 1 if as much as these say, less for predictions that are too extreme.

    It is the slope of a logistic regression of the label on the prediction's logit, here that of its bin, by Newton's
    method. Source: Cox, Two further applications of a model for binary regression, Biometrika 45 (1958); Van Calster
    et al., Calibration: the Achilles heel of predictive analytics, BMC Medicine 17 (2019).
    """
    if not t.histograms:
        return np.full((), np.nan)
    positives, negatives = t.histograms[0]
    edges = np.clip(np.concatenate([[0], EDGES, [1]]), EPSILON, 1 - EPSILON)
    middle = (edges[t.bins[0]] + edges[t.bins[0] + 1]) / 2
    x = np.log(middle / (1 - middle))
    rows = positives + negatives
    intercept, slope = np.zeros(rows.shape[:-1]), np.ones(rows.shape[:-1])
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            p = 1 / (1 + np.exp(-(intercept[..., np.newaxis] + slope[..., np.newaxis] * x)))
            error, weight = positives - rows * p, rows * p * (1 - p)
            a, b, c = weight.sum(-1), (weight * x).sum(-1), (weight * x * x).sum(-1)
            u, v = error.sum(-1), (error * x).sum(-1)
            determinant = a * c - b * b
            step = (c * u - b * v) / determinant, (a * v - b * u) / determinant
            intercept, slope = intercept + step[0], slope + step[1]
            if np.all(np.abs(step[1]) < _CLOSE):
                return slope
    return np.where(np.abs(step[1]) < _CLOSE, slope, np.nan)  # labels that a line splits have no slope


class BinarySums(GroupedSums):
    """The sums of rows with a binary label.

    A row is (group, label, probability, the class that the model says, the class that the model which serves says); the
    last one is NaN if none serves.
    """

    SUMS = (
        "count", "positives", "predictions", "log_loss", "true_positives", "false_positives",
        *against_serving.SUMS,
    )  # fmt: skip
    METRICS: ClassVar = {
        "auc": auc,
        "pr_auc": pr_auc,
        "accuracy": lambda t: ratio(right(t), t.sums["count"]),
        "precision": lambda t: ratio(t.sums["true_positives"], said_1(t)),
        "recall": lambda t: ratio(t.sums["true_positives"], t.sums["positives"]),
        "log_loss": lambda t: ratio(t.sums["log_loss"], t.sums["count"]),
        # TFMA's, likewise: the sum of predictions divided by the sum of labels.
        "calibration": lambda t: ratio(t.sums["predictions"], t.sums["positives"]),
        "calibration_slope": calibration_slope,
        "example_count": lambda t: t.sums["count"],
        MEAN_LABEL: lambda t: ratio(t.sums["positives"], t.sums["count"]),
        ONLY_CLASS: only_class,
        RARER: rarer,
        **against_serving.METRICS,
    }
    TRIALS: ClassVar = {
        "accuracy": lambda t: t.sums["count"],
        "precision": said_1,
        "recall": lambda t: t.sums["positives"],
        **against_serving.TRIALS,
    }

    @staticmethod
    def terms(rows: np.ndarray) -> Terms:
        """See GroupedSums.terms."""
        _, labels, predictions, said, served = rows.T
        _check(labels, predictions)
        positive = labels == 1
        clipped = np.clip(predictions, EPSILON, 1 - EPSILON)
        losses = -np.log(np.where(positive, clipped, 1 - clipped))
        sums = [
            np.ones(len(labels)), positive, predictions, losses, (said == 1) & positive, (said == 1) & ~positive,
            *against_serving.terms(labels, said, served),
        ]  # fmt: skip
        return Terms(np.array(sums, np.float64), predictions[np.newaxis], positive[np.newaxis])
