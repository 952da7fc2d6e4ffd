"""How far two distributions are apart."""

import numpy as np

from components.distributions import Distribution, distance
from tests.made_distributions import numbers


def test_the_distance_of_two_distributions():
    a = numbers(np.arange(1000))
    assert distance(a, a) == 0
    assert distance(a, numbers(np.arange(1000) + 5000)) > 0.7
    assert 0 < distance(a, numbers(np.arange(1000) + 100)) < 0.1
    # Of numbers of which many are 0, those are compared with those.
    zeros = np.concatenate([np.zeros(500), np.linspace(1, 9, 500)])
    assert distance(numbers(zeros), numbers(zeros)) == 0
    assert distance(numbers(zeros), numbers(np.append(zeros, np.zeros(1000)))) > 0.05
    assert distance(Distribution(0, {"a": 3, "b": 1}), Distribution(0, {"a": 30, "b": 10})) == 0
    assert distance(Distribution(0, {"a": 3}), Distribution(0, {"b": 5})) == 1
    assert distance(a, Distribution(1.0)) is None
    assert distance(a, Distribution(0, {"a": 3})) is None
