"""Which columns a feature cannot be made of, and the words for it: the column, what was seen, what to write."""

import pytest
from pydantic import TypeAdapter

from components.data_gate.feature_check import misfits, partly_outside
from components.data_gate.observed import Observed
from turnstile.columns import Feature

AND = ", and change the schema"
NUMERIC, VOCABULARY, CATEGORICAL = {"kind": "numeric"}, {"kind": "vocabulary"}, {"kind": "categorical", "size": 24}
BUCKETIZED, BOOLEAN = {"kind": "bucketized", "buckets": 4}, {"kind": "boolean"}
TIME, SECONDS = {"kind": "time"}, {"kind": "time", "unit": "s"}


def strings(*values, unique=None):
    return Observed("x", "BYTES", 40_000, values, complete=unique is None)


def integers(low, high):
    return Observed("x", "INT", 40_000, low=low, high=high)


def floats(low, high):
    return Observed("x", "FLOAT", 40_000, low=low, high=high)


def found(seen, feature, split="train"):
    features = {"x": TypeAdapter(Feature).validate_python(feature)}
    columns = {"x": seen} if seen else {}
    return misfits(columns, features, split, AND), partly_outside(columns, features, split)


@pytest.mark.parametrize(
    ("seen", "feature", "words"),
    [
        (strings("2021-03-01", "2021-03-02"), NUMERIC, ["text", "'2021-03-01'", 'x = { kind = "time" }']),
        (strings("3.5", "n/a", "1", "-"), BUCKETIZED, ["Not a number: 'n/a', '-'. Correct those cells, or leave"]),
        (strings("1", "2", unique=40_000), NUMERIC, ["Seen: '1', '2'; a rarer value is no number"]),
        (strings("1", "2"), NUMERIC, ["made of numbers.", "Seen: '1', '2': numbers, but as text"]),
        (strings(*"abcdefg"), NUMERIC, ["'a', 'b', 'c', 'd', 'e' and 2 more", 'x = { kind = "vocabulary" }']),
        (strings("3.5", "1", "2"), CATEGORICAL, ["whole numbers", "Not a number: '3.5'"]),
        (floats(1, 23), CATEGORICAL, ["1 to 23", "without a decimal point", 'x = { kind = "numeric" }']),
        (strings("what a meal", "not again, I fear", unique=9), NUMERIC, ['x = { kind = "text" }']),
        (strings("True", "False"), NUMERIC, ['x = { kind = "boolean" }']),
        (strings("yes", "maybe", "NA"), BOOLEAN, ["holds 'maybe', which", 'x = { kind = "vocabulary" }']),
        (strings("soon", "2015-03-01"), TIME, ["holds 'soon', which", 'x = { kind = "vocabulary" }']),
        (integers(1.4e12, 1.5e12), TIME, ["made of text", 'x = { kind = "time", unit = "ms" }']),
        (integers(1.4e12, 1.5e12), SECONDS, ["cannot be made of", 'x = { kind = "time", unit = "ms" }']),
        (strings("2015-03-01"), SECONDS, ["made of whole numbers", 'x = { kind = "time" }']),
        (integers(0, 7), BOOLEAN, ["holds 0 to 7, which", 'x = { kind = "categorical", size = 8 }']),
        (floats(0.5, 9), VOCABULARY, ["numbers with decimals", 'x = { kind = "numeric" }']),
        (integers(2019, 2024), CATEGORICAL, ["outside of 0 to 23", "2019 to 2024", "size = 2025"]),
        (integers(-9, -1), CATEGORICAL, ["outside of 0 to 23", "-9 to -1"]),
    ],
)  # fmt: skip
def test_a_column_of_which_the_feature_cannot_be_made(seen, feature, words):
    (sentence,) = found(seen, feature, "eval")[0].values()
    assert sentence.startswith("split 'eval': column 'x' holds ")
    assert [
        word for word in [*words, f"kind '{feature['kind']}'", "under [features]: x = {", AND] if word not in sentence
    ] == []


@pytest.mark.parametrize("seen", [None, Observed("x", "BYTES", 0), Observed("x", "INT", 0)])
@pytest.mark.parametrize("feature", [NUMERIC, VOCABULARY, CATEGORICAL, BUCKETIZED])
def test_a_column_without_values_is_a_misfit_of_what_is_learned_from_only(seen, feature):
    (sentence,) = found(seen, feature)[0].values()
    assert "nothing can be learned from it" in sentence
    assert "delete the line of x under [features]" in sentence
    assert found(seen, feature, "eval") == ({}, [])


@pytest.mark.parametrize(
    ("seen", "feature"),
    [
        (integers(0, 23), CATEGORICAL),
        (integers(-5, 2000), NUMERIC),
        (floats(-5, 2000), BUCKETIZED),
        (strings("1", "2"), VOCABULARY),
        (integers(0, 10**9), VOCABULARY),
        (strings("yes", "No"), BOOLEAN),
        (integers(0, 1), BOOLEAN),
        (strings("2015-03-01", "NA"), TIME),
        (integers(-5, 2**31), SECONDS),
    ],
)
def test_what_fits(seen, feature):
    assert found(seen, feature) == ({}, [])


@pytest.mark.parametrize(("low", "high"), [(-1, 5), (0, 24), (20, 99), (-3, 99)])
def test_integers_that_are_partly_taken_as_one_are_a_warning(low, high):
    unfit, (warning,) = found(integers(low, high), CATEGORICAL)
    assert unfit == {}
    assert f"column 'x' holds {low} to {high};" in warning
    assert "under [features]: x = {" in warning
