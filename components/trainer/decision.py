"""Chooses the probability from which a binary model says 1, on rows that it was not fitted to."""

from __future__ import annotations

import logging
from typing import Literal

import numpy as np

_UNDECIDED = 0.5  # where the rows do not tell: all are of one class, or all have the same probability

logger = logging.getLogger("turnstile.trainer")


def choose(by: Literal["f1", "balance"], labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the probability from which the label is 1.

    Args:
        by: what is to be as large as possible on these rows.
        labels: 0 or 1, [rows].
        probabilities: the model's, [rows].
    """
    descending = np.argsort(-probabilities, kind="stable")
    ranked, positive = probabilities[descending].astype(np.float64), labels[descending] == 1
    last = np.flatnonzero(ranked[:-1] != ranked[1:])  # of the rows above each border between two probabilities
    positives, rows = positive.sum(), len(labels)
    if positives in (0, rows) or not len(last):
        logger.warning("of %d held-out rows, %d are 1: the decision stays at %g", rows, positives, _UNDECIDED)
        return _UNDECIDED
    right, said = np.cumsum(positive)[last], last + 1.0
    scores = {
        "f1": 2 * right / (said + positives),  # the harmonic mean of precision and recall
        "balance": right / positives - (said - right) / (rows - positives),  # both recalls: of 1, and of 0 less 1
    }
    border = last[np.argmax(scores[by])]
    chosen = float((ranked[border] + ranked[border + 1]) / 2)
    logger.info("decision: 1 from a probability of %.4g on, by %s on %d held-out rows", chosen, by, rows)
    return chosen
