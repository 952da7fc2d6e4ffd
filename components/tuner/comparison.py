"""Whether the best of several trials is better than the config, or only luckier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

# How often a best trial that is no better than the config may pass for better.
_BY_CHANCE = 0.05


@dataclass(frozen=True)
class Comparison:
    """How much lower the loss is with the values of the best trial.

    Attributes:
        config: the config's mean loss over the folds.
        best: that of the best trial's values.
        standard_error: the standard error of their difference.
        better: whether the difference is more than chance.
    """

    config: float
    best: float
    standard_error: float
    better: bool


def compare(config: Sequence[float], best: Sequence[float]) -> Comparison:
    """Compares two sets of values by their losses on the same folds, of which none chose the best trial.

    It is the paired t-test, one-sided. Another fold has other rows to judge by, and its trainings begin with another
    seed, so both kinds of chance are in the differences.

    Args:
        config: the loss with the config's values, a number for each fold, at least two.
        best: that with the best trial's.
    """
    differences = np.subtract(config, best)
    error = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    bound = float(stats.t.isf(_BY_CHANCE, len(differences) - 1)) * error
    # A config whose loss is no number in some fold is worse than one whose loss is.
    better = bool(differences.mean() > bound) if np.isfinite(config).all() else bool(np.isfinite(best).all())
    return Comparison(float(np.mean(config)), float(np.mean(best)), error, better)
