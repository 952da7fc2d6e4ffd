"""Many looked at: a chance is worth the less, the more there are."""

import pytest

from components.evaluator.holm import corrected


@pytest.mark.parametrize(
    ("chances", "expected"),
    [
        ([], []),
        ([0.02], [0.02]),
        (
            [0.04, 0.01, 0.03],
            [0.06, 0.03, 0.06],
        ),  # times 3, 2 and 1 from the smallest on, and none below the one before
        ([0.5, 0.9, 0.001], [1.0, 1.0, 0.003]),
    ],
)
def test_each_chance_is_raised_and_the_order_of_them_stays(chances, expected):
    assert corrected(chances) == pytest.approx(expected)
