"""Losses of two arms in, a verdict out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from serving.ab.arms import CANARY, STABLE
from serving.canary import sequence
from serving.canary.judging import LEAST, LEAST_TO_PROMOTE, judged


def arms(stable, canary, size=1000, size_of_stable=None):
    """Losses around two means, as far above as below."""
    made = {STABLE: (stable, size_of_stable or size), CANARY: (canary, size)}
    return {arm: [mean + 0.1 * (-1) ** i for i in range(count)] for arm, (mean, count) in made.items()}


@pytest.mark.parametrize(
    ("canary", "margin", "verdict"),
    [
        (0.30, 0.00, "promote"),  # better
        (0.50, 0.05, "promote"),  # as good, and something is allowed
        (0.52, 0.05, "promote"),  # surely worse, by less than is allowed
        (0.50, 0.00, "wait"),  # as good, and nothing is allowed
        (0.55, 0.05, "wait"),  # at the bound
        (0.60, 0.05, "retire"),
        (0.60, 0.00, "retire"),
    ],
)
def test_the_side_of_the_margin_that_the_whole_interval_is_on_decides(canary, margin, verdict):
    assert judged(arms(0.5, canary), margin, 0.95).verdict == verdict


def test_too_few_outcomes_decide_nothing_and_their_number_is_told():
    found = judged(arms(0.5, 9.5, size=LEAST - 1, size_of_stable=1000), 0, 0.95)
    assert (found.verdict, found.difference, found.more) == ("wait", None, {STABLE: 0, CANARY: 1})
    assert judged(arms(0.5, 9.5, size=LEAST), 0, 0.95).verdict == "retire", "harm is stopped early"
    soon = judged(arms(9.5, 0.5, size=LEAST), 0, 0.95)
    assert (soon.verdict, soon.more) == ("wait", dict.fromkeys((STABLE, CANARY), LEAST_TO_PROMOTE - LEAST))
    assert judged(arms(9.5, 0.5, size=LEAST_TO_PROMOTE), 0, 0.95).verdict == "promote"


def test_arms_without_any_outcome_wait():
    found = judged({STABLE: [], CANARY: []}, 0, 0.95)
    assert (found.verdict, found.losses) == ("wait", {STABLE: None, CANARY: None})


def test_as_many_more_outcomes_as_are_told_do_decide():
    now = judged(arms(0.5, 0.49, size=400), 0, 0.95)
    assert now.verdict == "wait"
    more = now.more[CANARY]
    assert judged(arms(0.5, 0.49, size=400 + more), 0, 0.95).verdict == "promote"
    assert judged(arms(0.5, 0.49, size=400 + more // 2), 0, 0.95).verdict == "wait"


def test_at_the_bound_no_number_of_outcomes_decides():
    assert judged(arms(0.5, 0.5), 0, 0.95).more is None


@pytest.mark.filterwarnings("error")
def test_losses_that_do_not_vary_say_nothing():
    found = judged({STABLE: [0.0] * 500, CANARY: [0.0] * 500}, 0.1, 0.95)
    assert (found.verdict, found.difference.low, found.difference.high) == ("wait", -math.inf, math.inf)


def test_the_half_width_is_that_of_the_paper():
    """Theorem 2.2 of Waudby-Smith et al. for 1,000 rows of variance 1, which two arms of 2,000 each tell as much as."""
    rho = math.sqrt((-2 * math.log(0.05) + math.log(-2 * math.log(0.05) + 1)) / 500)
    t = 1000
    expected = math.sqrt(2 * (t * rho**2 + 1) / (t**2 * rho**2) * math.log(math.sqrt(t * rho**2 + 1) / 0.05))
    assert float(sequence.half_width((2000, 2000), (1.0, 1.0), 0.95)) == pytest.approx(expected)


def test_an_arm_that_has_not_met_the_large_losses_is_not_taken_to_be_sure():
    rare = float(sequence.half_width((200, 2000), (0.001, 1.0), 0.95))
    assert rare == pytest.approx(float(sequence.half_width((200, 2000), (1.0, 1.0), 0.95)), rel=0.15)


def test_equal_arms_of_which_one_grows_are_seldom_told_apart():
    """The canary's share grows from 5 % to 50 %, which a running mean of weighted rows would not survive."""
    rng, wrong, looks = np.random.default_rng(3), 0, np.arange(1, 101) * 200
    canary = np.cumsum(rng.binomial(200, np.linspace(0.05, 0.5, 100)))
    for _ in range(300):
        both = canary, looks - canary
        sums = [rng.exponential(size=n[-1]) for n in both]
        parts = [(n, np.cumsum(v)[n - 1], np.cumsum(v**2)[n - 1]) for v, n in zip(sums, both, strict=True)]
        variances = tuple((q - s**2 / n) / (n - 1) for n, s, q in parts)
        half = sequence.half_width(both, variances, 0.95)
        value = parts[0][1] / parts[0][0] - parts[1][1] / parts[1][0]
        wrong += bool((np.abs(value) > half)[canary >= LEAST].any())
    assert wrong / 300 <= 0.05
