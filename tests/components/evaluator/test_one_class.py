"""A model that says one class only: which one it is, whether there are rows enough to refuse it, and the words."""

from __future__ import annotations

import math

import pytest

from components import gate_report
from components.evaluator import one_class
from components.evaluator.metrics.multiclass_sums import MulticlassSums
from tests.made_evaluation import evaluate
from turnstile.model_inputs import Columns

BINARY = {"kind": "binary", "column": "y"}
COLOURS = {"kind": "multiclass", "column": "y", "classes": ["red", "green", "blue"]}


def label(fields):
    return Columns.model_validate({"features": {}, "label": fields}).label


def binary(positives, only, recall, rows=1000):
    return {"example_count": rows, "mean_label": positives / rows, "only_class": only, "recall": recall}


def colours(only, accuracy, rows=1000):
    return {"example_count": rows, "only_class": only, "accuracy": accuracy}


@pytest.mark.parametrize(
    ("fields", "overall", "words", "sure"),
    [
        (BINARY, binary(52, 0, 0), "none of the 52 eval rows that are 1 (5.2 % of 1,000): it never predicts 1", True),
        (BINARY, binary(10, 0, 0), "none of the 10 eval rows", True),
        (BINARY, binary(9, 0, 0), "none of the 9 eval rows", False),
        (BINARY, binary(52, -1, 0), "whenever it predicts 1, it is wrong, so recall is 0", True),
        (BINARY, binary(950, 1, 1), "predicts 1 for all 1,000 eval rows, though 5 % are 0", True),
        (BINARY, binary(995, 1, 1), "though 0.5 % are 0", False),
        (COLOURS, colours(2, 0.6), "predicts 'blue' for all 1,000 eval rows, of which 60 % are 'blue'", True),
        (COLOURS, colours(0, 0.995), "predicts 'red' for all", False),
    ],
)
def test_what_is_said_of_a_model_of_one_class(fields, overall, words, sure):
    found = one_class.found(overall, label(fields))
    assert words in found.sentence
    assert 'one_class = "warn"' in found.sentence
    assert found.sure is sure


@pytest.mark.parametrize(
    ("fields", "overall"),
    [
        (BINARY, binary(52, -1, 0.1)),
        (BINARY, binary(0, 0, float("nan"))),  # the data gate says what is wrong with these rows
        (BINARY, binary(1000, 1, 1)),
        (COLOURS, colours(-1, 0.6)),
        (COLOURS, colours(1, 1)),
        ({"kind": "regression", "column": "y"}, {"example_count": 1000}),
        (BINARY, {}),
    ],
)
def test_nothing_is_said_of_a_model_that_tells_classes_apart(fields, overall):
    assert one_class.found(overall, label(fields)) is None


ROWS = [{"y": int(i % 4 == 0), "new": 0.4 if i % 4 == 0 else 0.1, "old": 0.5} for i in range(48)]


@pytest.mark.parametrize(
    ("choice", "rows", "blessed"), [("refuse", ROWS, False), ("warn", ROWS, True), ("refuse", ROWS[:20], True)]
)
def test_the_gate_refuses_a_model_that_ranks_well_and_never_says_1(choice, rows, blessed, tmp_path):
    _, found = evaluate(tmp_path, rows, {"overall": {"auc": {"min": 0.9}}, "one_class": choice}, baseline=False)
    report = gate_report.read(tmp_path / "blessing")
    assert found is blessed
    sentence = (report["warnings"] if blessed else report["reasons"])[-1]
    assert sentence.startswith(f"the model finds none of the {len(rows) // 4} eval rows that are 1")


@pytest.mark.parametrize(
    ("answers", "expected"), [([[0.9, 0.1], [0.6, 0.4]], 0.0), ([[0.1, 0.9], [0.6, 0.4]], -1.0), ([], -1.0)]
)
def test_the_only_class_among_several(answers, expected):
    sums = MulticlassSums()
    for i, probabilities in enumerate(answers):
        sums.add((i, 1, math.nan, *probabilities))
    assert MulticlassSums.METRICS["only_class"](sums.totals()[0]) == expected
