"""The gate's own code, on pairs of models of known truth: the small form of `python -m benchmarks.gate`."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks import gate_page
from benchmarks.gate import measure
from benchmarks.gate_models import Model, drawn
from components.evaluator.bounds import MISSED, REACHED
from components.evaluator.metrics.binary_sums import BinarySums
from components.evaluator.metrics.jackknife import Jackknife

SIZES = (300, 1_000, 2_000)


@pytest.fixture(scope="module")
def pairs():
    return measure(324, seed=11, sizes=SIZES)


def deviations(share, number):
    """Three standard deviations of a share of so many."""
    return 3 * math.sqrt(share * (1 - share) / number)


@pytest.mark.parametrize(
    "name", ["auc", "pr_auc", "accuracy", "precision", "recall", "log_loss", "calibration", "calibration_slope"]
)
def test_of_100_intervals_95_have_the_truth(pairs, name):
    for each in (name, f"change of {name}"):
        found, number = gate_page.coverage(pairs, each)
        assert number > 200
        assert found >= 0.95 - deviations(0.95, number)


def test_answers_that_are_given_are_seldom_wrong(pairs):
    equal, worse = ([p for p in pairs if (p.drop > 0.01) == much] for much in (False, True))
    wrong = {
        "a good model is refused": (equal, "max_drop", MISSED),
        "a worse model passes": (worse, "max_drop", REACHED),
        "just as bad as is allowed, and refused": (pairs, "at max_drop", MISSED),
        "just as bad as is allowed, and passed": (pairs, "at max_drop", REACHED),
        "above min, and refused": (pairs, "min +0.01", MISSED),
        "below min, and passed": (pairs, "min -0.01", REACHED),
    }
    for which, bound, answer in wrong.values():
        assert gate_page.share(which, bound, answer) <= 0.025 + deviations(0.025, len(which))
    assert gate_page.wrong(pairs) <= 0.05
    assert gate_page.wrong(pairs, gate_page.BARE) > 0.1


def test_the_truths_are_those_of_very_many_rows():
    model = Model(0.1, 0.85)
    sums, _ = drawn(model, model, 200_000, 0.9, np.random.default_rng(3))
    found = Jackknife("binary", list(BinarySums.METRICS), sums.measured())
    for name, truth in model.truths().items():
        assert found.value(name) == pytest.approx(truth, abs=0.02 if "calibration" in name else 0.012)


def test_the_page_has_both_tables(pairs):
    text = gate_page.tables(pairs)
    assert "| change" not in text
    assert "| metric | below 30 | 30 to 100 | 100 to 1,000 | 1,000 and more |" in text
    assert "|  | 300 | 1,000 | 2,000 |" in text
