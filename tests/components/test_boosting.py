"""Gradient boosting takes any target that a table may have."""

from __future__ import annotations

import numpy as np
import pytest

from components.boosting import fitted

ROWS = 12_000  # from 10,000 on, scikit-learn's boosting puts rows aside to stop by


@pytest.mark.parametrize("rarest", [1, 2, 500])
def test_a_class_may_be_as_rare_as_it_is(rarest):
    random = np.random.default_rng(1)
    values = random.normal(size=(ROWS, 1))
    target = (values[:, 0] > 0).astype(int)
    target[:rarest] = 2
    model = fitted(values, target, categorical=np.array([False]), regression=False, seed=1)
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.score(values, target) > 0.9


def test_a_number_may_be_anything():
    values = np.random.default_rng(1).normal(size=(ROWS, 1))
    model = fitted(values, values[:, 0], categorical=np.array([False]), regression=True, seed=1)
    assert model.score(values, values[:, 0]) > 0.99
