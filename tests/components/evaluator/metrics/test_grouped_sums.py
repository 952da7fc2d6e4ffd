"""The sums: the same however the rows are split, exact where TFMA's bins are too wide, in bounded memory."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from components.evaluator.metrics.binary_sums import BinarySums
from components.evaluator.metrics.grouped_sums import BINS, EPSILON
from components.evaluator.metrics.groups import GROUPS, different_rows
from components.evaluator.metrics.jackknife import Jackknife
from components.evaluator.metrics.sums_metric import _Combiner


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


KEYS = [str(number) for number in range(len(BinarySums.METRICS) + 1)]


def row(i, label, prediction):
    return i % GROUPS, label, prediction, prediction > 0.5, math.nan


def sums(labels, predictions, numbers=None):
    made = BinarySums()
    for i, (label, prediction) in enumerate(zip(labels, predictions, strict=True)):
        made.add(row(i if numbers is None else int(numbers[i]), label, prediction))
    return made.condense()


def merged(some):
    total = BinarySums()
    for each in some:
        total.merge(each)
    return total


def array(made):
    """As TFMA's results have it."""
    return next(value for value in _Combiner(BinarySums, KEYS).extract_output(made).values() if np.ndim(value))


def metric(name, made):
    return float(BinarySums.METRICS[name](made.totals()[0]))


def exact_auc(labels, predictions):
    differences = predictions[labels == 1][:, np.newaxis] - predictions[labels == 0]
    return np.mean(np.heaviside(differences, 0.5))


@pytest.mark.parametrize("offset", [-12, -6, 0, 6, 12])
def test_the_auc_is_exact_wherever_the_predictions_are(offset):
    rng = np.random.default_rng(2)
    labels = (rng.random(4000) < 0.2).astype(int)
    predictions = sigmoid(rng.normal(labels + offset, 1)).astype(np.float32).astype(float)
    assert metric("auc", sums(labels, predictions)) == pytest.approx(exact_auc(labels, predictions), abs=1e-4)


def exact_pr_auc(labels, predictions):
    """The mean, over the positive rows, of the precision among the rows that are predicted at least as high."""
    at_least = predictions >= predictions[labels == 1][:, np.newaxis]
    return np.mean((at_least @ labels) / at_least.sum(axis=1))


@pytest.mark.parametrize("share", [0.005, 0.3, 0.97])
def test_the_area_under_precision_and_recall_is_right_however_rare_positives_are(share):
    rng = np.random.default_rng(4)
    labels = (rng.random(4000) < share).astype(int)
    predictions = sigmoid(rng.normal(2 * labels + np.log(share), 1)).astype(np.float32).astype(float)
    assert metric("pr_auc", sums(labels, predictions)) == pytest.approx(exact_pr_auc(labels, predictions), abs=5e-3)
    assert metric("pr_auc", sums(labels, np.full(4000, 0.3))) == pytest.approx(labels.mean())


def test_without_a_positive_label_there_is_no_area_under_precision_and_recall():
    assert math.isnan(metric("pr_auc", sums([0, 0], [0.1, 0.9])))


def test_a_prediction_rounded_to_0_or_1_has_the_log_loss_that_keras_gives_it():
    right, wrong = sums([0, 1], [0.0, 1.0]), sums([1, 0], [0.0, 1.0])
    assert metric("log_loss", right) == pytest.approx(0, abs=2 * EPSILON)
    assert metric("log_loss", wrong) == pytest.approx(-math.log(EPSILON))
    assert (metric("auc", right), metric("auc", wrong)) == (1, 0)


def test_only_exactly_1_is_a_tie_with_1():
    nearly = float(np.nextafter(np.float32(1), np.float32(0)))
    assert metric("auc", sums([1, 0], [1.0, nearly])) == 1


@pytest.mark.parametrize("parts", [1, 7, 100])
def test_any_split_and_order_of_merging_gives_the_same_sums(parts):
    rng = np.random.default_rng(parts)
    labels, predictions = (rng.random(25_500) < 0.3).astype(int), rng.random(25_500)
    whole, accumulators = sums(labels, predictions), []
    for i, part in enumerate(np.array_split(rng.permutation(25_500), parts)):
        made = BinarySums()
        for number in part.tolist():
            made.add(row(number, int(labels[number]), float(predictions[number])))
        accumulators.append(made.condense() if i % 2 else made)
    before = pickle.dumps(accumulators)
    found = merged(reversed(accumulators))
    for ours, theirs in zip(found.totals(), whole.totals(), strict=True):
        for name, value in theirs.sums.items():
            assert ours.sums[name] == pytest.approx(value, rel=1e-12)
        assert all(np.array_equal(a, b) for a, b in zip(ours.histograms[0], theirs.histograms[0], strict=True))
    assert pickle.dumps(accumulators) == before  # Beam may merge an accumulator again


def test_memory_is_bounded_by_the_bins_and_by_the_rows():
    rng = np.random.default_rng(3)
    large = sums(rng.random(100_000) < 0.5, rng.random(100_000))
    many = merged([large] * 10).condense()
    assert many.parts == many.rows == []
    assert many.histogram.shape[1] <= 100_000 < GROUPS * BINS
    small = sums([0, 1, 1], [0.2, 0.4, 0.6])
    assert small.histogram.shape == (3, 3)


@pytest.mark.parametrize("different", [12, 300])
def test_copies_of_rows_tell_no_more_than_the_rows(different):
    """A join or a retried delivery makes ten of each: the intervals are as wide as without."""
    rng = np.random.default_rng(6)
    labels = np.arange(different) % 3 == 0
    predictions = np.where(rng.random(different) < 0.8, labels * 0.8 + 0.1, 0.9 - labels * 0.8)
    numbers = np.tile(np.arange(different), 10)
    widths = []
    for rows in (np.arange(different), numbers):
        made = sums(labels[rows], predictions[rows], rows)
        low, high = Jackknife("binary", list(BinarySums.METRICS), array(made)).estimate("accuracy").interval(0.95)
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0], rel=0.3)


def test_models_that_agree_on_few_positive_rows_may_differ_on_others():
    """Of 20 positive rows, both find the same 12; that recall cannot have changed would be too much to say."""
    labels = np.arange(400) < 20
    predictions = np.where(np.arange(400) < 12, 0.9, 0.1)
    models = [
        Jackknife("binary", list(BinarySums.METRICS), array(sums(labels, said))) for said in (predictions, predictions)
    ]
    low, high = models[0].difference("recall", models[1]).interval(0.95)
    assert low < -0.05 < 0.05 < high


@pytest.mark.parametrize("different", [1, 5, 30, 100])
def test_how_many_rows_are_different_is_told_from_the_groups_that_have_any(different):
    rng = np.random.default_rng(7)
    found = [different_rows(len(set(rng.integers(0, GROUPS, different)))) for _ in range(400)]
    assert np.median(found) == pytest.approx(different, rel=0.1)
    assert different_rows(GROUPS) == math.inf


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((2, 0.5), "must be 0 or 1; received 2"),
        ((math.nan, 0.5), "must be 0 or 1; received nan"),
        ((1, math.nan), "the model answered nan"),
        ((1, -0.1), "the model answered -0.1"),
        ((1, 1.5), "the model answered 1.5"),
    ],
)
def test_what_is_no_label_or_no_probability_is_refused(row, words):
    with pytest.raises(ValueError, match=words):
        sums([1, row[0]], [0.5, row[1]]).totals()


def test_the_sums_without_a_group_are_those_of_the_other_rows():
    rng = np.random.default_rng(5)
    labels, predictions = (rng.random(600) < 0.3).astype(int), rng.random(600)
    _, without = sums(labels, predictions).totals()
    others = np.arange(600) % GROUPS != 7
    whole, _ = sums(labels[others], predictions[others]).totals()
    for name, function in BinarySums.METRICS.items():
        assert np.broadcast_to(function(without), GROUPS)[7] == pytest.approx(float(function(whole)), nan_ok=True), name
