"""The form of the page: what can be chosen in each field, and which numbers are usual."""

from __future__ import annotations

import math

import pytest

from serving.page.fields import fields

TENS = [float(x) for x in range(-8, 8)]  # 16 quantiles of a z-score


def column(name, kind):
    return {"name": name, "input": name, "type": kind}


def found(columns, rows=(), quantiles=(), **features):
    preprocess = {"columns": columns, "numbers": [], "times": [], "indices": [], "texts": []} | features
    begins = {"shape": [len(quantiles), 16], "values": [x for each in quantiles for x in each]}
    return fields(preprocess, {"numbers": {"begins": begins}}, rows)


def test_a_number_has_the_quantiles_of_the_training_data():
    score = {"column": "fare", "log": False, "mean": 100.0, "deviation": 10.0}
    (field,) = found([column("fare", "number")], numbers=[score], quantiles=[TENS, [0.0] * 16])
    assert field == {"column": "fare", "kind": "number", "whole": False, "low": 30.0, "high": 170.0}


def test_a_number_whose_log_is_learned_has_them_in_its_own_unit():
    score = {"column": "fare", "log": True, "mean": 0.0, "deviation": 1.0}
    (field,) = found([column("fare", "integer")], numbers=[score], quantiles=[TENS, [0.0] * 16])
    assert (field["low"], field["high"]) == (-round(math.expm1(7)), round(math.expm1(7)))


def test_a_number_of_which_the_model_has_only_buckets_has_their_ends_and_those_of_the_rows():
    bucket = {"column": "miles", "kind": "bucket", "boundaries": [2.0, 5.0]}
    (field,) = found([column("miles", "number")], [{"miles": 9.0}, {"miles": None}], indices=[bucket])
    assert (field["low"], field["high"]) == (2.0, 9.0)


@pytest.mark.parametrize(
    ("kind", "index", "values"),
    [
        ("text", {"kind": "vocabulary", "words": ["Cash", "Card"]}, ["Cash", "Card", "Barter"]),
        ("integer", {"kind": "categorical", "size": 3}, ["0", "1", "2", "7"]),
        ("text", {"kind": "boolean", "yes": ["true", "yes"], "no": ["false", "no"]}, ["true", "false", "no"]),
        ("integer", {"kind": "boolean", "yes": ["true", "yes"], "no": ["false", "no"]}, ["1", "0"]),
    ],
)
def test_a_name_can_be_chosen_among_those_that_are_known_or_in_a_row(kind, index, values):
    given = {"Barter": "Barter", "7": 7, "no": "no", "0": 0}[values[-1]]
    (field,) = found([column("x", kind)], [{"x": given}], indices=[{"column": "x", **index}])
    assert field == {"column": "x", "kind": "choice", "values": values}


def test_very_many_words_are_typed():
    words = [f"word {n}" for n in range(500)]
    (field,) = found([column("x", "text")], indices=[{"column": "x", "kind": "vocabulary", "words": words}])
    assert field == {"column": "x", "kind": "word", "values": words}


def test_a_time_in_text_has_dates_and_one_in_numbers_its_own_unit():
    day = 86_400.0
    score = {"year": {"mean": 0.0, "deviation": 1.0}, "time": {"mean": 0.0, "deviation": day}}
    quantiles = [[0.0] * 16, TENS, *([[0.0] * 16] * 7)]
    text, days = found(
        [column("at", "text"), column("day", "integer")],
        times=[{"column": "at", "unit": None, **score}, {"column": "day", "unit": "day", **score}],
        quantiles=quantiles * 2,
    )
    assert (text["kind"], text["low"], text["high"]) == ("time", "1969-12-25", "1970-01-08")
    assert days == {"column": "day", "kind": "number", "whole": True, "low": -7, "high": 7}


def test_a_text_is_written():
    assert found([column("x", "text")], texts=[{"column": "x"}]) == [{"column": "x", "kind": "text"}]
