"""When the best of several trials counts as better than the config."""

from __future__ import annotations

import math

import numpy as np
import pytest

from components.tuner.comparison import compare


def test_a_difference_has_the_standard_error_of_its_mean():
    compared = compare([0.5, 0.6, 0.5, 0.6], [0.4, 0.4, 0.4, 0.4])
    assert (compared.config, compared.best) == (pytest.approx(0.55), pytest.approx(0.4))
    assert compared.standard_error == pytest.approx(0.0577350 / 2)
    assert compared.better


def test_values_that_are_as_good_seldom_pass_for_better():
    noise = np.random.default_rng(1).normal(0, 0.1, (1000, 2, 4))
    assert 30 < sum(compare(*losses).better for losses in noise) < 70


def test_a_loss_that_is_a_number_is_better_than_one_that_is_not():
    nan = [math.nan] * 4
    assert compare(nan, [1.0] * 4).better
    assert not compare([1.0] * 4, nan).better
    assert not compare(nan, nan).better
