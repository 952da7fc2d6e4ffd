"""The three answers: what an interval says of a bound, of many slices at once, and of the gap between them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from components.evaluator.bounds import MISSED, REACHED, UNDECIDED, answer, answers, missing
from components.evaluator.in_words import reasons, small_slices, undecided
from components.evaluator.metrics.estimates import Estimate, Share
from components.evaluator.metrics.names import FLIPS, NEW_ERRORS
from components.evaluator.metrics.slices import Slice
from components.evaluator.settings import ReleaseConfig

# Of 1,000 rows, the interval of a standard error of 0.01 reaches 0.0196 to either side.
ERROR = 0.01


@pytest.mark.parametrize(
    ("bound", "limit", "value", "verdict"),
    [
        ("min", 0.9, 0.93, REACHED),
        ("min", 0.9, 0.91, UNDECIDED),
        ("min", 0.9, 0.89, UNDECIDED),
        ("min", 0.9, 0.87, MISSED),
        ("max", 0.3, 0.27, REACHED),
        ("max", 0.3, 0.31, UNDECIDED),
        ("max", 0.3, 0.33, MISSED),
        ("max_drop", 0.03, 0.0, REACHED),
        ("max_drop", 0.03, -0.02, UNDECIDED),
        ("max_drop", 0.03, -0.05, MISSED),
        ("max_rise", 0.03, 0.0, REACHED),
        ("max_rise", 0.03, 0.05, MISSED),
        ("min", 0.9, math.nan, MISSED),
    ],
)
def test_an_interval_on_one_side_of_a_bound_decides(bound, limit, value, verdict):
    assert answer("auc", bound, limit, "overall", Estimate(value, ERROR), 1000, 0.95).verdict == verdict


@pytest.mark.parametrize(
    ("value", "more"),
    [(0.91, 2900), (0.89, 2900), (0.9001, None)],  # (1.96 / 1) ** 2 - 1 times as many; of 0.9001, hundreds of times
)
def test_how_many_more_rows_would_decide(value, more):
    found = answer("auc", "min", 0.9, "overall", Estimate(value, ERROR), 1000, 0.95)
    assert found.more == (pytest.approx(more, rel=0.05) if more else None)
    (sentence,) = undecided([found], 0.95)
    assert ("about 2,800 more would" in sentence) if more else ("more than a hundred times as many" in sentence)


def test_too_few_rows_of_a_class_to_tell_anything_are_named():
    found = answer("auc", "min", 0.9, "overall", Share(0.95, math.nan), 1000, 0.95)
    (sentence,) = undecided([found], 0.95)
    assert sentence == (
        "auc (overall) is 0.9500; with so few rows of the rarer class, 1,000 eval rows cannot tell whether it is at "
        "least 0.9"
    )


def of_hours(shares, rows=150):
    return {
        (("hour", hour),): Slice(rows, {"accuracy": Share(float(share), rows)}) for hour, share in enumerate(shares)
    }


def release(**more):
    return ReleaseConfig.model_validate({"overall": {}, "min_examples": 1} | more)


PER_HOUR = {"per_slice": [{"slice": "hour", "metric": "accuracy", "min": 0.8}]}


def test_many_slices_are_refused_by_chance_as_seldom_as_one():
    """24 hours in which a model is right 87 % of the time: bare numbers refuse it in one run of ten."""
    rng, refused, bare = np.random.default_rng(1), 0, 0
    for _ in range(400):
        shares = rng.binomial(150, 0.87, 24) / 150
        found = answers(release(**PER_HOUR), of_hours(shares))
        refused += any(each.verdict == MISSED for each in found)
        bare += bool((shares < 0.8).any())
    assert refused == 0
    assert bare > 25


@pytest.mark.parametrize(("truth", "least"), [(0.8, 0), (0.6, 0.95)])
def test_a_slice_is_refused_on_evidence(truth, least):
    """One hour of 24; at the bound itself, in at most 2.5 % of the runs."""
    rng, refused = np.random.default_rng(2), 0
    for _ in range(300):
        shares = np.append(rng.binomial(150, 0.9, 23), rng.binomial(150, truth)) / 150
        refused += any(each.verdict == MISSED for each in answers(release(**PER_HOUR), of_hours(shares)))
    assert refused / 300 <= 0.025 if not least else refused / 300 >= least


def test_slices_that_are_too_small_to_tell_are_named_and_leave_nothing_open():
    found = answers(release(**PER_HOUR), of_hours([0.95, 0.79, 0.82]))
    assert [each.verdict for each in sorted(found, key=lambda each: each.slice)] == [REACHED, UNDECIDED, UNDECIDED]
    assert (reasons(found, 0.95), undecided(found, 0.95)) == ([], [])
    (sentence,) = small_slices(found)
    assert sentence.startswith("accuracy by hour: 2 of 3 slices have too few rows to tell whether it is at least 0.8: ")
    assert "1 (0.718 to 0.848, 150 rows)" in sentence


def test_a_slice_of_no_row_is_missing():
    named = release(per_slice=[{"slice": "hour", "metric": "accuracy", "min": 0.8, "value": v} for v in (0, 7, "2")])
    assert missing(named, of_hours([0.9] * 3)) == ["hour=7"]
    assert missing(named, {}) == ["hour=0", "hour=7", "hour=2"]


@pytest.mark.parametrize(
    ("shares", "verdict"), [([0.9, 0.9, 0.9], REACHED), ([0.9, 0.7, 0.9], UNDECIDED), ([0.9, 0.3, 0.9], MISSED)]
)
def test_the_gap_between_slices_is_judged_by_its_interval(shares, verdict):
    (found,) = answers(release(gap=[{"column": "hour", "metric": "accuracy", "max": 0.2}]), of_hours(shares))
    assert (found.verdict, found.bound, found.slice) == (verdict, "gap", "hour")
    assert found.value == pytest.approx(max(shares) - min(shares))
    assert found.low <= found.value <= found.high


def test_a_gap_of_one_slice_alone_is_none():
    assert answers(release(gap=[{"column": "hour", "metric": "accuracy", "max": 0.2}]), of_hours([0.9])) == []


@pytest.mark.parametrize("served", [True, False])
def test_new_errors_and_flips_are_judged_where_a_model_serves(served):
    metrics = {NEW_ERRORS: Share(0.08, 900), FLIPS: Share(0.02, 1000), "example_count": Estimate(1000)}
    overall = {(): Slice(1000, metrics, {"auc": Estimate(0.0)} if served else {})}
    found = answers(release(max_new_errors=0.03, max_flips=0.1), overall)
    verdicts = {each.metric: each.verdict for each in found if each.metric != "example_count"}
    assert verdicts == ({NEW_ERRORS: MISSED, FLIPS: REACHED} if served else {})
