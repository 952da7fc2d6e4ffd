"""The page of public data sets says which model was the better one, and when that may be chance."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import quality_page
from benchmarks.quality_errors import Difference, difference, error


def result(task, errors, to_boosting, to_linear):
    return {
        "task": task,
        "rows": 200,
        "errors": dict(zip(("turnstile", "boosting", "lightgbm", "linear"), errors, strict=True)),
        "better_boosting": "boosting",
        "to_boosting": to_boosting,
        "to_linear": to_linear,
    }


def test_the_least_error_is_bold_and_the_summary_counts():
    page = quality_page.page({
        "churn": result("binary", (0.05, 0.1, 0.2, 0.3), (-0.05, 0.01), (-0.25, 0.02)),
        "concrete": result("regression", (30.0, 22.0, 25.0, 52.0), (8.0, 9.0), (-22.0, 5.0)),
    })  # fmt: skip
    assert "| 1 - AUC | **0.05** | 0.1 | 0.2 | 0.3 | -0.05 ± 0.01: better | -0.25 ± 0.02: better |" in page
    assert "| mean squared error | 30 | **22** | 25 | 52 | +8 ± 9: level | -22 ± 5: better |" in page
    assert "is better than the better boosting on 1, level on 1 and\nworse on 0" in page
    assert "turnstile 2.0, boosting 1.5, lightgbm 2.5, linear 4.0" in page


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_better_model_is_told_from_an_equal_one(task):
    random = np.random.default_rng(1)
    label = random.integers(0, 2, 400).astype(float)
    noisy = [label + random.normal(scale=scale, size=400) for scale in (0.5, 0.5, 1.5)]
    good, equal, worse = noisy if task != "multiclass" else [_shares(values) for values in noisy]
    assert error(task, label, good) < error(task, label, worse)
    assert difference(task, label, [good], [worse]).verdict == "better"
    assert difference(task, label, [worse], [good]).verdict == "worse"
    assert abs(difference(task, label, [good], [equal]).value) < 3 * difference(task, label, [good], [equal])[1]
    assert Difference(0.1, 0.1).verdict == "level"


def _shares(values):
    one = 1 / (1 + np.exp(1 - 2 * values))
    return np.stack([1 - one, one], axis=1)
