"""Which arm a key is in: the same in every release, in the right shares, and told apart by salt."""

from __future__ import annotations

from itertools import pairwise

import pytest

from serving.ab.arms import CANARY, STABLE, Arms, key_text, row_as_key

KEYS = [str(number) for number in range(20_000)]
# Standard deviations of a binomial count: one in fifteen thousand counts is farther off, and the keys are always these.
FAR = 4


def canaries(percent, salt=""):
    arms = Arms(percent, salt)
    return {key for key in KEYS if arms.arm_of(key) == CANARY}


def deviations(count, of, share):
    return abs(count - of * share) / (of * share * (1 - share)) ** 0.5


# The least share, in percent, with which a key is in the canary. A change of these moves the keys of every test that
# is under way.
@pytest.mark.parametrize(
    ("key", "salt", "least"),
    [
        ("", "", 66.23362),
        ("1", "", 49.88307),
        ("7", "", 64.14747),
        ("alice", "", 48.52756),
        ("ü", "", 39.58840),
        ("7", "winter", 20.16149),
        ("alice", "winter", 46.79740),
    ],
)
def test_a_key_is_where_it_was_in_every_release(key, salt, least):
    assert Arms(least - 1e-4, salt).arm_of(key) == STABLE
    assert Arms(least + 1e-4, salt).arm_of(key) == CANARY


@pytest.mark.parametrize("percent", [0.5, 10, 50, 90])
def test_the_canary_gets_its_share_of_the_keys(percent):
    assert deviations(len(canaries(percent)), len(KEYS), percent / 100) < FAR


def test_none_and_all():
    assert canaries(0) == set()
    assert canaries(100) == set(KEYS)


def test_growing_the_share_moves_keys_to_the_canary_and_none_back():
    shares = [canaries(percent) for percent in (0, 1, 5, 25, 50, 99, 100)]
    assert all(smaller < larger for smaller, larger in pairwise(shares))


def test_another_salt_divides_independently():
    one, other = canaries(20, "winter"), canaries(20, "summer")
    assert deviations(len(other), len(KEYS), 0.2) < FAR
    assert deviations(len(one & other), len(one), 0.2) < FAR


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (7.0, "7"),
        ("7", "7"),
        (-0.0, "0"),
        (7.5, "7.5"),
        (2**53 + 1, "9007199254740993"),
        (float("inf"), "inf"),
        ("ü 7", "ü 7"),
        (0, "0"),
        (False, "False"),
        (None, None),
        ("", None),
        (float("nan"), None),
    ],
)
def test_a_key_is_the_same_text_in_every_format(value, text):
    assert key_text(value) == text


def test_a_whole_row_is_its_values_by_name_in_any_order():
    assert row_as_key({"fare": 5, "company": "Blue"}) == row_as_key({"company": "Blue", "fare": 5})


@pytest.mark.parametrize(
    "other", [{"fare": 6, "company": "Blue"}, {"fare": "Blue", "company": 5}, {"fare": 5}, {"fare, company": "5, Blue"}]
)
def test_other_rows_are_other_texts(other):
    assert row_as_key(other) != row_as_key({"fare": 5, "company": "Blue"})
