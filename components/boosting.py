"""Gradient boosting with scikit-learn's defaults: what a network, and what `init` asks of one, is compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits


def fitted(values: np.ndarray, target: np.ndarray, *, categorical: np.ndarray, regression: bool, seed: int) -> Any:
    """Fits trees in one thread: OpenMP's threads wait for each other, and take cores that others need.

    Args:
        values: what is known of each row, [rows, columns].
        target: what to predict: a number for each row, or the number of its class.
        categorical: which columns are categories, [columns].
        regression: whether the target is a number, and no class.
        seed: number that the random numbers start from.

    Returns:
        A model of scikit-learn.
    """
    from sklearn import ensemble

    kind = ensemble.HistGradientBoostingRegressor if regression else ensemble.HistGradientBoostingClassifier
    if not regression:
        # To know when to stop, scikit-learn puts rows of every class aside: it wants two of each.
        classes, rows = np.unique(target, return_counts=True)
        lone = np.flatnonzero(np.isin(target, classes[rows == 1]))
        values, target = np.concatenate([values, values[lone]]), np.concatenate([target, target[lone]])
    with threadpool_limits(1):
        return kind(categorical_features=categorical, random_state=seed).fit(values, target)
