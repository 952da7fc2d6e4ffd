"""Pairs of models of which everything is known: what each metric would be on all possible rows.

The scores of negative rows are normal, and those of positive rows the same but higher: the binormal model. Source:
Dorfman and Alf, Maximum-likelihood estimation of parameters of signal-detection theory, Journal of Mathematical
Psychology 6 (1969). A model's probability is the true one of a row with its score, so that it is calibrated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from components.evaluator.metrics.binary_sums import BinarySums
from components.evaluator.metrics.groups import GROUPS

_SCORES = np.linspace(-10, 15, 20_001)  # wide and fine enough for integrals to 8 digits


@dataclass(frozen=True)
class Model:
    """A model of a binary label.

    Attributes:
        base: the share of positive rows.
        auc: the area under its ROC curve on all possible rows.
    """

    base: float
    auc: float

    @property
    def apart(self) -> float:
        """By how many standard deviations the scores of positive rows are higher."""
        return math.sqrt(2) * float(stats.norm.ppf(self.auc))

    def probability(self, scores: np.ndarray) -> np.ndarray:
        """Returns how likely a row with this score is positive."""
        return special.expit(special.logit(self.base) + self.apart * scores - self.apart**2 / 2)

    def decision(self) -> float:
        """Returns the score from which on the model says 1: so often as rows are positive."""

        def too_often(score: float) -> float:
            said = self.base * stats.norm.sf(score - self.apart) + (1 - self.base) * stats.norm.sf(score)
            return float(said) - self.base

        return float(optimize.brentq(too_often, -10, 15))

    def truths(self) -> dict[str, float]:
        """Returns each metric on all possible rows."""
        positive, negative = stats.norm.sf(self.decision() - self.apart), stats.norm.sf(self.decision())
        right = self.base * positive
        density = self.base * stats.norm.pdf(_SCORES - self.apart), (1 - self.base) * stats.norm.pdf(_SCORES)
        probability = self.probability(_SCORES)
        losses = -density[0] * np.log(probability) - density[1] * np.log1p(-probability)
        found = self.base * stats.norm.sf(_SCORES - self.apart)
        precision = found / (found + (1 - self.base) * stats.norm.sf(_SCORES))
        step = _SCORES[1] - _SCORES[0]
        return {
            "auc": self.auc,
            "pr_auc": float((density[0] * precision).sum() * step / self.base),
            "accuracy": float(right + (1 - self.base) * (1 - negative)),
            "precision": float(right / (right + (1 - self.base) * negative)),
            "recall": float(positive),
            "log_loss": float(losses.sum() * step),
            "calibration": 1.0,
            "calibration_slope": 1.0,
        }


def drawn(
    candidate: Model, served: Model, rows: int, correlation: float, rng: np.random.Generator
) -> tuple[BinarySums, BinarySums]:
    """Draws rows, and returns the sums of both models on them.

    Args:
        candidate, served: the models; of the same base rate.
        rows: how many.
        correlation: of the two models' scores, among rows of one class.
        rng: what to draw by.
    """
    groups = rng.integers(0, GROUPS, rows)
    labels = (rng.random(rows) < served.base).astype(np.float64)
    common, *own = rng.standard_normal([3, rows])
    scores = [math.sqrt(correlation) * common + math.sqrt(1 - correlation) * each for each in own]
    shifted = [s + m.apart * labels for s, m in zip(scores, (candidate, served), strict=True)]
    said = [s >= m.decision() for s, m in zip(shifted, (candidate, served), strict=True)]
    before = [said[1], np.full(rows, np.nan)]  # the model that serves is compared with none
    sums = (
        BinarySums(parts=[np.column_stack([groups, labels, model.probability(score), answer, other])])
        for model, score, answer, other in zip((candidate, served), shifted, said, before, strict=True)
    )
    return next(sums), next(sums)
