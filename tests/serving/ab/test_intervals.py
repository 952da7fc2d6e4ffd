"""How sure a difference is: the published numbers, the formulas, and how often the truth is between the limits."""

from __future__ import annotations

import functools
import math
import random
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from serving.ab import intervals
from serving.ab.intervals import Interval, needed_for_means, needed_for_proportions, newcombe, student, welch, wilson

RUNS = 1000  # of a simulation: 95 % of them is 950, give or take 7


def limits(interval, digits=4):
    return round(interval.low, digits), round(interval.high, digits)


known_wilson = functools.cache(wilson)  # the simulations ask for the same few counts again and again


def difference(hits, count, other_hits, other_count, confidence=0.95):
    return newcombe(known_wilson(hits, count, confidence), known_wilson(other_hits, other_count, confidence))


# Proportions.


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), pages 857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_proportion_as_published(hits, count, low, high):
    assert limits(wilson(hits, count, 0.95)) == (low, high)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.9999])
@pytest.mark.parametrize(("hits", "count"), [(0, 1), (1, 1), (3, 10), (250, 1000), (999, 1000), (7, 100_000)])
def test_a_proportion_by_its_formula(hits, count, confidence):
    """A limit is a proportion from which the one that was seen is z standard errors away."""
    found, z = wilson(hits, count, confidence), stats.norm.ppf((1 + confidence) / 2)
    assert found.value == hits / count
    for limit in (found.low, found.high):
        if 0 < limit < 1:
            assert abs(found.value - limit) == pytest.approx(z * math.sqrt(limit * (1 - limit) / count), rel=1e-6)


def test_none_and_all_are_limits_themselves():
    for count in range(1, 200, 11):
        assert wilson(0, count, 0.95).low == 0 == wilson(0, count, 0.95).value
        assert wilson(count, count, 0.95).high == 1 == wilson(count, count, 0.95).value


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), pages 873-890, table II, method 10: its examples (a) to (h).
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_a_difference_of_proportions_as_published(first, second, low, high):
    found = difference(*first, *second)
    assert found.value == pytest.approx(first[0] / first[1] - second[0] / second[1])
    assert limits(found) == (low, high)
    assert limits(difference(*second, *first)) == (-high, -low)


@pytest.mark.parametrize(("one", "other"), [(0.5, 0.5), (0.02, 0.05), (0.9, 0.8)])
def test_the_true_difference_of_proportions_is_inside_as_often_as_is_said(one, other):
    rng = np.random.default_rng(1)
    hits = zip(rng.binomial(60, one, RUNS), rng.binomial(140, other, RUNS), strict=True)
    inside = sum(one - other in difference(int(a), 60, int(b), 140) for a, b in hits)
    assert 930 <= inside <= 980  # more than 950: shares of so few keys are steps


# Means.

SAMPLES = {
    "equal sizes": ([5.1, 4.9, 6.2, 5.7], [4.1, 4.4, 3.9, 5.0]),
    "other sizes and variances": ([1.0, 2.0], [10.0, -30.0, 20.0, 45.0, 5.5, 0.1]),
    "one without variance": ([3.0, 3.0, 3.0], [2.9, 3.3, 3.1]),
    "far from zero": ([1e9 + 1, 1e9 + 2, 1e9 + 4], [1e9, 1e9 + 1]),
}


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.9999])
@pytest.mark.parametrize("values", [values for pair in SAMPLES.values() for values in pair if values != [3.0] * 3])
def test_a_mean_by_its_formula(values, confidence):
    found = student(values, confidence)
    theirs = stats.t.interval(confidence, len(values) - 1, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(theirs)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.9999])
@pytest.mark.parametrize(("first", "second"), SAMPLES.values(), ids=SAMPLES)
def test_a_difference_of_means_by_its_formula(first, second, confidence):
    found = welch(first, second, confidence)
    a, b = (np.var(values, ddof=1) / len(values) for values in (first, second))
    freedom = (a + b) ** 2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1))
    half, value = stats.t.ppf((1 + confidence) / 2, freedom) * math.sqrt(a + b), np.mean(first) - np.mean(second)
    assert (found.value, found.low, found.high) == pytest.approx((value, value - half, value + half), rel=1e-6)


def test_the_true_difference_of_means_is_inside_as_often_as_is_said():
    """Of values as skewed as losses are, in arms of unequal size."""
    rng = random.Random(1)

    def losses(count, mean):
        return [rng.expovariate(1 / mean) for _ in range(count)]

    inside = sum(1.0 in welch(losses(30, 3), losses(90, 2), 0.95) for _ in range(RUNS))
    assert 920 <= inside <= 965


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e-9, 123456.789])
def test_values_that_are_all_the_same_do_not_differ_by_how_many_there_are(value):
    for count in range(2, 60):
        found = welch([value] * 2, [value] * count, 0.95)
        assert (found.value, found.low, found.high) == (0, 0, 0)
        assert student([value] * count, 0.95) == Interval(value, value, value)


def test_without_variance_a_difference_is_exact():
    found = welch([5.0] * 3, [3.0] * 4, 0.95)
    assert (found.value, found.low, found.high) == (2, 2, 2)


# How many it takes.


def with_variance(variance):
    return [-math.sqrt(variance / 2), math.sqrt(variance / 2)]


@pytest.mark.parametrize(
    ("share", "change", "count"),
    # R's power.prop.test(p1=share, p2=share + change, power=0.8), rounded up.
    [(0.5, 0.25, 58), (0.2, 0.05, 1094), (0.8, -0.05, 1094)],
)
def test_keys_to_see_a_change_of_a_share(share, change, count):
    assert needed_for_proportions(share, change, 0.95) == count
    assert needed_for_proportions(share, -change, 0.95) == count, "towards one half, whichever way it is given"


@pytest.mark.parametrize(("effect", "count"), [(0.2, 393), (0.5, 64), (0.8, 26)])
def test_keys_to_see_a_change_of_a_mean(effect, count):
    """Cohen 1988, table 2.4.1, for two-sided 5 % and a power of 80 %; the normal approximation is one too few."""
    one = with_variance(1.0)
    assert count - 1 <= needed_for_means(one, one, effect, 0.95) <= count
    assert needed_for_means(one, one, -effect, 0.95) == needed_for_means(one, one, effect, 0.95)


def test_a_difference_of_shares_is_seen_as_often_as_the_power_says():
    rng = np.random.default_rng(2)
    share, change = 0.3, 0.1
    count = needed_for_proportions(share, change, 0.95)
    hits = zip(rng.binomial(count, share + change, RUNS), rng.binomial(count, share, RUNS), strict=True)
    seen = sum(0 not in difference(int(a), count, int(b), count) for a, b in hits)
    assert seen / RUNS == pytest.approx(intervals.POWER, abs=0.04)


def test_a_difference_of_means_is_seen_as_often_as_the_power_says():
    rng = random.Random(3)
    count = needed_for_means(with_variance(1.0), with_variance(4.0), 1.0, 0.95)
    assert count < 50

    def sample(mean, deviation):
        return [rng.gauss(mean, deviation) for _ in range(count)]

    seen = sum(0 not in welch(sample(1, 1), sample(0, 2), 0.95) for _ in range(RUNS))
    assert seen / RUNS == pytest.approx(intervals.POWER, abs=0.04)


def test_more_confidence_and_smaller_differences_take_more():
    one = with_variance(1.0)
    for needed in (
        [needed_for_proportions(0.1, 0.02, confidence) for confidence in (0.5, 0.9, 0.95, 0.9999)],
        [needed_for_proportions(0.1, change, 0.95) for change in (0.9, 0.5, 0.1, 0.001)],
        [needed_for_means(one, one, 0.1, confidence) for confidence in (0.5, 0.9, 0.95, 0.9999)],
    ):
        assert all(fewer < more for fewer, more in pairwise(needed))


def test_a_change_beyond_none_or_all_counts_as_one_up_to_there():
    assert needed_for_proportions(0.5, 3.0, 0.95) == needed_for_proportions(0.5, 0.5, 0.95)
