"""The page of public data sets says which model was the better one."""

from __future__ import annotations

from benchmarks import quality


def result(metric, **values):
    return {"metric": metric, "rows": 200.0, "blessed": True, "values": values}


def test_the_best_value_is_bold_whether_large_or_small_is_good():
    page = quality.page({
        "churn": result("auc", turnstile=0.95, boosting=0.9, linear=0.8),
        "concrete": result("mean_squared_error", turnstile=30.0, boosting=22.0, linear=52.0),
    })  # fmt: skip
    assert "| **0.95** | 0.9 | 0.8 |" in page
    assert "| 30 | **22** | 52 |" in page
    assert page.index("| churn |") < page.index("| concrete |")
