"""Sampled Shapley values: against exact ones, what always holds of them, and how large their errors are."""

import numpy as np
import pytest

from benchmarks.exact_shapley import exact
from serving.explain.shapley import Sampling, orders

FEATURES = 6
GENERATOR = np.random.default_rng(3)
BACKGROUND = GENERATOR.normal(size=(32, FEATURES))
ROW = GENERATOR.normal(size=FEATURES)


def of_pairs(rows):
    """A score in which no more than two features act together."""
    return rows @ np.arange(FEATURES) + rows[:, 0] * rows[:, 1] - 2 * np.abs(rows[:, 2] - rows[:, 3])


def of_many(rows):
    """A score in which more than two do; feature 4 has no part in it."""
    return 3 * np.tanh(rows[:, 0] * rows[:, 1] * rows[:, 2]) + np.where(rows[:, 3] > 0, rows[:, 5] * rows[:, 0], 1.0)


def true(function, row=ROW, background=BACKGROUND):
    return exact(lambda own: np.mean([function(np.where(own, row, b)) for b in background], axis=0), len(row))


def of_middle(rows):
    """A score in which a feature counts in the middle of an order, where one and its reverse say the same."""
    large = (rows[:, :5] > 0.3).sum(axis=1)
    return np.where(large >= 3, 1.0, 0.0)


def sampled(function, pairs=2, seed=0, row=ROW, background=BACKGROUND):
    sampling, features = Sampling(len(row), len(background), pairs, seed), len(row)
    mixed = np.where(sampling.own, row, background[sampling.other])
    assert mixed.shape == (32 * 2 * pairs * (features - 1), features)
    return sampling.contributions(function(mixed), function(background), function(row[None])[0])


def test_where_no_more_than_two_features_act_together_every_pair_is_exact():
    values, errors = sampled(of_pairs)
    np.testing.assert_allclose(values, true(of_pairs), atol=1e-12)
    assert errors.max() < 1e-12


def test_more_pairs_lead_to_the_exact_values():
    values, errors = sampled(of_many, 200)
    assert errors.max() < 0.02
    np.testing.assert_allclose(values, true(of_many), atol=0.03)


@pytest.mark.parametrize("pairs", [2, 7])
def test_the_contributions_add_up_to_the_score_and_a_feature_without_a_part_has_none(pairs):
    values, errors = sampled(of_many, pairs)
    assert of_many(BACKGROUND).mean() + values.sum() == pytest.approx(of_many(ROW[None])[0], abs=1e-12)
    assert (values[4], errors[4]) == (0, 0)


def test_features_that_are_the_same_to_the_model_get_the_same():
    row, background = ROW.copy(), BACKGROUND.copy()
    row[1], background[:, 1] = row[0], background[:, 0]
    values, errors = sampled(lambda rows: np.exp(rows[:, 0] + rows[:, 1] + rows[:, 2]), 200, 0, row, background)
    assert abs(values[0] - values[1]) < 4 * np.hypot(*errors[:2])
    assert abs(values[0]) > 20 * errors[0]


@pytest.mark.parametrize("function", [of_many, of_middle])
def test_the_errors_are_as_large_as_they_are_said_to_be(function):
    truth = true(function)
    found = [sampled(function, seed=seed) for seed in range(150)]
    really = np.sqrt(np.mean([(each.values - truth) ** 2 for each in found], axis=0))
    told = np.sqrt(np.mean([each.errors**2 for each in found], axis=0))
    assert really[truth != 0].min() > 0.005
    np.testing.assert_allclose(told, really, rtol=0.2)


def test_a_single_feature_has_all_of_it():
    values, errors = sampled(lambda rows: rows[:, 0] ** 2, 2, 0, ROW[:1], BACKGROUND[:, :1])
    assert values == pytest.approx([ROW[0] ** 2 - np.mean(BACKGROUND[:, 0] ** 2)])
    assert errors.tolist() == [0]


def test_orders_are_pairs_of_one_and_its_reverse_and_the_seed_decides_them():
    found = orders(5, 100, 0)
    assert (np.sort(found, axis=1) == np.arange(5)).all()
    assert (found[1::2] == found[::2, ::-1]).all()
    assert (orders(5, 100, 0) == found).all()
    assert (orders(5, 100, 1) != found).any()


def test_each_feature_stands_as_often_at_each_place():
    first = orders(5, 10_000, 0)[::2]
    counts = np.array([np.bincount(first[:, place], minlength=5) for place in range(5)])
    assert np.abs(counts - 2000).max() < 4 * np.sqrt(2000)


def test_the_orders_are_those_of_any_other_language():
    assert orders(5, 3, 0)[::2].tolist() == [[2, 0, 4, 3, 1], [0, 1, 2, 3, 4], [4, 1, 0, 2, 3]]
    assert orders(5, 3, 4_000_000_000)[::2].tolist() == [[2, 1, 4, 0, 3], [4, 2, 0, 3, 1], [1, 0, 2, 4, 3]]
