"""The pictures of explanations: which bars are drawn, and how wide they are."""

import io

import numpy as np
from rich.console import Console

from serving.client.base import ModelSpec
from serving.explain.explained import Explained, Row
from serving.explain.explaining import Explanation
from serving.explain.in_words import WIDTH, pictures
from serving.explain.scores import Scale
from serving.explain.settings import Settings
from serving.explain.shapley import Contributions

LONG = "a_name_that_is_longer_than_any_table_would_show"


def drawn(*contributions, errors=0.01, rows=1, values=None):
    given = values or {f"f{j}": j for j in range(len(contributions))}
    numbers = np.array(contributions, float)
    found = Explanation({"probability": 0.9, "label": 1}, 2.197, 0.5, 0.1, Contributions(numbers, numbers * 0 + errors))
    made = Explained(
        model=ModelSpec("m", 7),
        scale=Scale("binary"),
        settings=Settings(),
        compared=32,
        rows=[Row(given, found)] * rows,
    )
    text = io.StringIO()
    Console(file=text, width=WIDTH).print(pictures(made, 1))
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_bars_go_right_or_left_by_their_size_and_chance_has_none():
    lines = drawn(4.0, -2.0, 0.015, 0.0)
    assert lines[2:4] == [
        "row 1: probability 0.9, label 1",
        "log-odds of 1: 0.5 (62 %) ± 0.2 on average, +1.7 here, so 2.2 (90 %)",
    ]
    assert lines[5].split() == ["f0", "0", "+4", "±", "0.02", "│████████"]
    assert lines[6].split() == ["f1", "1", "-2", "±", "0.02", "████│"]
    assert lines[7].split() == ["f2", "2", "+0.015", "±", "0.02", "may", "be", "chance"]
    assert lines[8].split() == ["1", "other", "+0"]


def test_the_table_fits_whatever_is_in_it():
    lines = drawn(-1234.5678, 1e-7, errors=0.000123456, values={LONG: "v" * 100, "b": None})
    assert max(map(len, lines)) <= WIDTH
    assert "-1.23e+03 ± 0.00025 ████████│" in " ".join(lines[5].split())
    assert "…" in lines[5]


def test_many_features_are_added_up_and_many_rows_say_what_matters():
    lines = drawn(*range(30, 0, -1), rows=2)
    assert lines[13].split() == ["22", "others", "+253"]
    assert lines[15] == "what matters: the mean size of a contribution to the log-odds, 2 rows"
    assert lines[17].split() == ["f0", "30", "±", "0", "████████████████"]
    assert lines[-1].split() == ["10", "others", "55"]


def test_what_is_no_number_is_said_to_be_none():
    assert drawn(np.nan, 1.0)[3] == "is not explained: the model's answer to it, or to a row like it, is no number"


def test_of_several_classes_the_picture_names_the_one_that_is_explained():
    assert Scale("multiclass").what({"label": "rose"}) == "log-odds of rose"
    assert (Scale("regression").what({}), Scale("regression").in_words(12345.6)) == ("value", "1.23e+04")
