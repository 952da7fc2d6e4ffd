"""What a column becomes, judging by its name and its values."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from components.example_gen.column_types import ColumnType
from pipeline.init import kinds, missing_words
from pipeline.init.profile import Profile

RNG = random.Random(5)
COLOURS = ["red", "green", "blue", None]


def column(name, values):
    present = [value for value in values if value is not None]
    if all(isinstance(value, int) for value in present):
        return Profile(name, ColumnType.INT, pa.array(values, pa.int64()))
    if all(isinstance(value, int | float) for value in present):
        return Profile(name, ColumnType.FLOAT, pa.array(values, pa.float32()))
    return Profile(name, ColumnType.BYTES, pa.array(values, pa.string()).cast(pa.binary()))


def some(make, rows=200):
    return [make() for _ in range(rows)]


@pytest.mark.parametrize(
    ("name", "values", "feature"),
    [
        ("size", some(lambda: RNG.gauss(0, 1)), {"kind": "numeric", "log": False, "buckets": 0}),
        ("amount", some(lambda: RNG.lognormvariate(3, 1.5)), {"kind": "numeric", "log": True, "buckets": 0}),
        ("rooms", some(lambda: RNG.randint(1, 9)), {"kind": "numeric", "log": False, "buckets": 0}),
        ("weekday", some(lambda: RNG.randint(0, 6)), {"kind": "categorical", "size": 8}),
        ("StartHour", some(lambda: float(RNG.randint(0, 23))), {"kind": "categorical", "size": 25}),
        ("hours_per_week", some(lambda: RNG.randint(0, 99)), {"kind": "numeric", "log": False, "buckets": 0}),
        ("store_id", some(lambda: RNG.randint(0, 40)), {"kind": "categorical", "size": 41}),
        ("community_area", some(lambda: RNG.randint(1, 77)), {"kind": "categorical", "size": 78}),
        ("living_area", some(lambda: RNG.randint(40, 900) * 3), {"kind": "numeric"}),
        ("zip", some(lambda: RNG.choice([10115, 80331, 1067])), {"kind": "vocabulary", "top_k": 3, "oov_buckets": 1}),
        ("day", some(lambda: f"2015-03-{RNG.randint(10, 28)}"), {"kind": "time", "unit": None}),
        ("created_at", some(lambda: 1_400_000_000_000 + RNG.randint(0, 10**9)), {"kind": "time", "unit": "ms"}),
        ("express", some(lambda: RNG.choice(["Yes", "no", None])), {"kind": "boolean"}),
        ("express", some(lambda: RNG.choice([0, 1])), {"kind": "boolean"}),
        ("express", some(lambda: RNG.choice([0.0, 1.0])), {"kind": "categorical", "size": 2}),
        ("note", some(lambda: " ".join(RNG.choices(["a", "good", "bad", "very", "parcel"], k=12))), {"kind": "text"}),
        ("colour", some(lambda: RNG.choice(COLOURS)), {"kind": "vocabulary", "top_k": 3, "oov_buckets": 1}),
    ],
)
def test_a_column_becomes_a_feature(name, values, feature):
    found = kinds.choose(column(name, values)).feature.model_dump()
    assert {key: found[key] for key in feature} == feature


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("empty", [None] * 200, "has no value in any row"),
        ("country", ["at"] * 200, "is at in every row"),
        ("number", list(range(7, 207)), "numbers the rows"),
        ("census tract", [None] * 199 + [17031], "has a value in 1 of 200 rows"),
        ("customerID", [389 * row % 1009 for row in range(200)], "is an id: 200 different values in 200 rows"),
        ("day", ["24.12.2015"] * 100 + ["1.1.2016"] * 100, "holds dates such as 24.12.2015"),
        ("reference", [f"r{row}" for row in range(200)], "is different in almost every row: 200 values in 200 rows"),
    ],
)
def test_a_column_is_left_out_with_the_reason(name, values, why):
    choice = kinds.choose(column(name, values))
    assert choice.feature is None
    assert choice.why.startswith(why)


def test_the_size_of_a_vocabulary_is_how_many_values_are_frequent():
    values = [*("ab" * 90), *("c" * 15), *map(str, range(5))]
    choice = kinds.choose(column("word", values))
    assert choice.feature.top_k == 3
    assert choice.why == "3 of 8 values stand in 5 rows or more, and cover 97.5% of the rows"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["1", "2", "3", "4", "5", "?"], ("?",)),
        (["1.5", "2", "3", "4", "5", "unknown"], ("unknown",)),
        (["1", "2", "3+"], ()),
        (["male", "female", "NA"], ("NA",)),
        (["AT", "NA", "DE"], ()),
        (["None", "brick"], ()),
    ],
)
def test_words_for_a_missing_value_are_found(values, words):
    assert missing_words.found([column("any", values)]) == words
