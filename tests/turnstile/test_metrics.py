"""The table of metrics: each task can refuse a constant model, and every range makes sense."""

import numpy as np
import pytest

from components.evaluator.metrics.estimates import SCALES
from components.evaluator.metrics.sums_metric import SUMS
from turnstile.metrics import DISCRIMINATING, METRICS

TASKS = sorted(METRICS)


def _auc(labels, scores):
    """Share of (positive, negative) pairs in the right order; a tie is half right."""
    differences = scores[labels == 1][:, np.newaxis] - scores[labels == 0]
    return np.mean(np.heaviside(differences, 0.5))


def _r_squared(labels, predictions):
    return 1 - np.sum((labels - predictions) ** 2) / np.sum((labels - labels.mean()) ** 2)


def test_every_task_has_a_discriminating_metric():
    assert sorted(DISCRIMINATING) == TASKS
    assert all(METRICS[task][DISCRIMINATING[task]].better == "higher" for task in TASKS)


@pytest.mark.parametrize("share", [0.01, 0.22, 0.5, 0.9])
@pytest.mark.parametrize("task", TASKS)
def test_the_floor_of_the_discriminating_metric_is_what_a_constant_model_reaches(task, share):
    labels = (np.arange(1000) < 1000 * share).astype(float)
    constant = np.full(1000, labels.mean())
    reached = {"auc": _auc, "r_squared": _r_squared}[DISCRIMINATING[task]](labels, constant)
    assert reached == pytest.approx(METRICS[task][DISCRIMINATING[task]].floor)


@pytest.mark.parametrize("task", TASKS)
def test_every_metric_is_computed(task):
    assert [name for name in SUMS[task].METRICS if name in METRICS[task]] == list(METRICS[task])


@pytest.mark.parametrize("metric", [m for task in TASKS for m in METRICS[task].values()], ids=lambda m: m.name)
def test_a_metric_has_a_direction_and_a_range(metric):
    assert metric.better in ("higher", "lower", "near")
    assert metric.floor < metric.ceiling
    assert metric.scale in {"share", *SCALES}


def test_the_metrics_that_the_json_output_promises():
    assert list(METRICS["binary"]) == [
        "auc", "pr_auc", "accuracy", "precision", "recall", "log_loss", "calibration", "calibration_slope",
        "example_count",
    ]  # fmt: skip
