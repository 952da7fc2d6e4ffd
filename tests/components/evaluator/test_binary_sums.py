"""The sums: the same however the rows are split, exact where TFMA's bins are too wide, in bounded memory."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from components.evaluator import binary_sums
from components.evaluator.binary_sums import BINS, EPSILON, ROWS, BinarySums, merged


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sums(labels, predictions):
    made = BinarySums()
    for label, prediction in zip(labels, predictions, strict=True):
        made.add((label, prediction, prediction > 0.5))
    return made.condense()


def exact_auc(labels, predictions):
    differences = predictions[labels == 1][:, np.newaxis] - predictions[labels == 0]
    return np.mean(np.heaviside(differences, 0.5))


@pytest.mark.parametrize("offset", [-12, -6, 0, 6, 12])
def test_the_auc_is_exact_wherever_the_predictions_are(offset):
    rng = np.random.default_rng(2)
    labels = (rng.random(4000) < 0.2).astype(int)
    predictions = sigmoid(rng.normal(labels + offset, 1)).astype(np.float32).astype(float)
    assert binary_sums.auc(sums(labels, predictions)) == pytest.approx(exact_auc(labels, predictions), abs=1e-4)


def exact_pr_auc(labels, predictions):
    """The mean, over the positive rows, of the precision among the rows that are predicted at least as high."""
    at_least = predictions >= predictions[labels == 1][:, np.newaxis]
    return np.mean((at_least @ labels) / at_least.sum(axis=1))


@pytest.mark.parametrize("share", [0.005, 0.3, 0.97])
def test_the_area_under_precision_and_recall_is_right_however_rare_positives_are(share):
    rng = np.random.default_rng(4)
    labels = (rng.random(4000) < share).astype(int)
    predictions = sigmoid(rng.normal(2 * labels + np.log(share), 1)).astype(np.float32).astype(float)
    assert binary_sums.pr_auc(sums(labels, predictions)) == pytest.approx(exact_pr_auc(labels, predictions), abs=5e-3)
    assert binary_sums.pr_auc(sums(labels, np.full(4000, 0.3))) == pytest.approx(labels.mean())


def test_without_a_positive_label_there_is_no_area_under_precision_and_recall():
    assert math.isnan(binary_sums.pr_auc(sums([0, 0], [0.1, 0.9])))


def test_a_prediction_rounded_to_0_or_1_has_the_log_loss_that_keras_gives_it():
    right, wrong = sums([0, 1], [0.0, 1.0]), sums([1, 0], [0.0, 1.0])
    assert binary_sums.log_loss(right) == pytest.approx(0, abs=2 * EPSILON)
    assert binary_sums.log_loss(wrong) == pytest.approx(-math.log(EPSILON))
    assert (binary_sums.auc(right), binary_sums.auc(wrong)) == (1, 0)


def test_only_exactly_1_is_a_tie_with_1():
    nearly = float(np.nextafter(np.float32(1), np.float32(0)))
    assert binary_sums.auc(sums([1, 0], [1.0, nearly])) == 1


def totals(made):
    return [made.predictions, made.log_loss, made.true_positives, made.false_positives]


@pytest.mark.parametrize("parts", [1, 2, 7, 100])
@pytest.mark.parametrize("condensed", ["none", "some", "all"])
def test_any_split_and_order_of_merging_gives_the_same_sums(parts, condensed):
    rng = np.random.default_rng(parts)
    labels, predictions = (rng.random(5500) < 0.3).astype(int), rng.random(5500)
    whole = sums(labels, predictions)
    accumulators = []
    for part in np.array_split(rng.permutation(5500), parts):
        made = BinarySums()
        for i in part:
            made.add((int(labels[i]), float(predictions[i]), int(predictions[i] > 0.5)))
        accumulators.append(made.condense() if condensed == "all" or (condensed == "some" and len(part) % 2) else made)
    before = pickle.dumps(accumulators)
    found = merged(reversed(accumulators)).condense()
    assert np.array_equal(found.histogram, whole.histogram)
    assert totals(found) == pytest.approx(totals(whole), rel=1e-12)
    assert pickle.dumps(accumulators) == before  # Beam may merge an accumulator again


def test_memory_is_bounded_by_the_bins_and_by_the_rows():
    rng = np.random.default_rng(3)
    large = sums(rng.random(100_000) < 0.5, rng.random(100_000))
    many = merged([large] * 10)
    assert many.histogram.shape[1] <= BINS
    assert len(many.rows) < ROWS
    assert len(pickle.dumps(many)) < 3 * 8 * BINS + 1000
    small = sums([0, 1, 1], [0.2, 0.4, 0.6])
    assert small.histogram.shape == (3, 3)
    assert small.rows == []


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
        sums([1, row[0]], [0.5, row[1]])
