"""Aliases of columns, and the columns that belong to a model's inputs."""

import random
import re

import pytest

from turnstile.aliases import aliases, columns_of
from turnstile.errors import UsageError

NAMES = {
    "fare": "fare",
    "a_b": "a_b",
    "petal length (cm)": "petal_length_cm",
    "naïve-Ångström": "naive_Angstrom",
    "1st": "column_1st",
    "class": "class_",
    "self": "self_",
    "_x": "x",
}


def test_what_a_name_becomes():
    assert aliases(NAMES) == NAMES
    assert re.fullmatch("column_[0-9a-f]{6}", aliases(["年齢"])["年齢"])


def test_two_alike_are_told_apart_in_any_order():
    names = ["a b", "a.b", "a_b", "年", "齢", "c d"]
    found = aliases(names)
    assert (found["a_b"], found["c d"]) == ("a_b", "c_d")
    assert len(set(found.values())) == len(names)
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9_]*", alias) for alias in found.values())
    random.Random(1).shuffle(names)
    assert aliases(names) == found


def test_each_input_finds_its_column():
    names = ("a b", "a.b", "a_b", "年", "class", "fare")
    found = aliases(names)
    assert columns_of(tuple(found.values()), (*names, "other")) == {alias: name for name, alias in found.items()}
    assert columns_of(("a.b", "fare"), ("a.b",)) == {"a.b": "a.b"}  # of a model that others made
    with pytest.raises(UsageError, match="columns 'a b' and 'a_b' both stand for the model's input 'a_b'"):
        columns_of(("a_b",), ("a b", "a_b"))
