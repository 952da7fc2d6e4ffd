"""Shapley values by their definition, over every subset of the features: what sampled ones are held against."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np


def exact(score: Callable[[np.ndarray], np.ndarray], features: int) -> np.ndarray:
    """Returns the Shapley value of each feature.

    Args:
        score: returns the scores of subsets, of shape [subsets]. A subset is given as a row of a bool array: which
            features are the row's own, and not those of the background.
        features: how many features there are; the subsets are 2 to the power of it.
    """
    subsets = (np.arange(2**features)[:, None] >> np.arange(features) & 1).astype(bool)
    scores, sizes = score(subsets), subsets.sum(axis=1)
    orders = [math.factorial(s) * math.factorial(features - s - 1) for s in range(features)]
    weights = np.array(orders) / math.factorial(features)
    values = np.empty(features)
    for feature in range(features):
        without = np.flatnonzero(~subsets[:, feature])
        values[feature] = weights[sizes[without]] @ (scores[without + 2**feature] - scores[without])
    return values
