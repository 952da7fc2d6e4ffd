"""How far models are from the truth on the same rows, and whether one of them is nearer by more than chance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_RESAMPLES = 200  # the standard error is then itself known to 5 %
# What is measured of each task, in the page's words; for all of them less is better.
MEASURES = {"binary": "1 - AUC", "multiclass": "log loss", "regression": "mean squared error"}


class Difference(NamedTuple):
    """How much larger one model's error is than another's, and the standard error of that."""

    value: float
    standard_error: float

    @property
    def verdict(self) -> str:
        """Returns "better", "level" or "worse": level is what a standard error either way can be."""
        if abs(self.value) <= self.standard_error:
            return "level"
        return "better" if self.value < 0 else "worse"


def error(task: str, label: np.ndarray, answers: np.ndarray) -> float:
    """Returns a model's error, from sklearn.metrics.

    Args:
        task: the label's task.
        label: [rows]; of classes, their number.
        answers: probabilities of 1, [rows], or of each class, [rows, classes]; or values, [rows].
    """
    from sklearn import metrics

    if task == "binary":
        return 1 - metrics.roc_auc_score(label, answers)
    if task == "multiclass":
        return metrics.log_loss(label, answers, labels=np.arange(answers.shape[1]))
    return metrics.mean_squared_error(label, answers)


def difference(task: str, label: np.ndarray, ours: list[np.ndarray], theirs: list[np.ndarray]) -> Difference:
    """Compares two models, each fitted with several seeds, on the same rows.

    The standard error is that of a paired bootstrap: rows are drawn anew, and both models are judged on the same draw
    (Efron and Tibshirani, 1993, "An Introduction to the Bootstrap").

    Args:
        task: the label's task.
        label: [rows].
        ours: one model's answers, for each seed.
        theirs: the other's.
    """

    def found(rows: np.ndarray) -> float:
        mine, other = (
            np.mean([error(task, label[rows], answers[rows]) for answers in seeds]) for seeds in (ours, theirs)
        )
        return float(mine - other)

    draws = np.random.default_rng(0).integers(len(label), size=(_RESAMPLES, len(label)))
    differences = [found(rows) for rows in draws if task == "regression" or len(np.unique(label[rows])) > 1]
    return Difference(found(np.arange(len(label))), float(np.std(differences, ddof=1)))
