"""Which columns a label cannot be made from, and the words for it."""

import pytest
from pydantic import TypeAdapter

from components.data_gate.label_check import label_faults
from components.data_gate.observed import Observed
from turnstile.labels import BinaryLabel, Label

ROWS = 1200
BINARY, YES, ONE = {"kind": "binary"}, {"kind": "binary", "positive": "yes"}, {"kind": "binary", "positive": 1}
COLOURS = {"kind": "multiclass", "classes": ["red", "green", "blue"]}
GRADES = {"kind": "multiclass", "classes": [1, 2, 3]}
REGRESSION = {"kind": "regression"}
LATE, EARLY = {"kind": "binary", "above": 15}, {"kind": "binary", "below": 0}


def strings(*values, complete=True, count=ROWS):
    return Observed("y", "BYTES", count, values, complete)


def integers(*values):
    numbers = [int(value) for value in values]
    return Observed("y", "INT", ROWS, values, True, min(numbers), max(numbers), {0, 1}.issuperset(numbers))


def floats(low, high, only_0_or_1=False):
    return Observed("y", "FLOAT", ROWS, low=low, high=high, only_0_or_1=only_0_or_1)


def faults(seen, label, split="train"):
    parsed = TypeAdapter(Label).validate_python({"column": "y"} | label)
    return label_faults({"y": seen} if seen else {}, parsed, split, ROWS)


@pytest.mark.parametrize(
    ("seen", "label", "words"),
    [
        (None, BINARY, ["is missing; the label is made from it"]),
        (strings(count=0), REGRESSION, ["is empty in 1,200 of 1,200 rows"]),
        (floats(1, 9) , ONE, ["holds a number; a label of kind 'binary' needs a whole number", "1 to 9"]),
        (floats(0, float("inf")), REGRESSION, ["infinite value (seen: 0 to inf)"]),
        (floats(float("-inf"), 1), REGRESSION, ["infinite value (seen: -inf to 1)"]),
        (strings("yes", "no"), YES | {"positive": "Y e s"}, ['positive = "yes"']),
        (strings("won", "lost"), YES, ['positive = "won"']),
        (strings("no", "yes"), BINARY, ["holds text", "'no', 'yes'", 'under [label]: positive = "yes"']),
        (strings("0", "1", "?"), BINARY, ["Not a number: '?'", "Remove those rows, or correct them"]),
        (strings("3.5", "12", "n/a"), REGRESSION, ["Not a number: 'n/a'. Remove those rows"]),
        (integers("0", "1"), YES, ["holds a whole number", "under [label]: positive = 1"]),
        (integers("2", "1"), COLOURS, ["holds a whole number", "needs text", "classes = [1, 2]"]),
        (strings("b", "a"), GRADES, ["holds text", 'classes = ["a", "b"]']),
        (integers("0", "1", "2"), BINARY, ["holds 2; the label may only be 0, 1", "positive = 2"]),
        (floats(-2.5, 12), BINARY, ["holds -2.5, 12; the label may only be 0, 1"]),
        (floats(0, 1), BINARY, ["holds numbers between 0 and 1; the label may only be 0, 1"]),
        (strings("no", "Yes"), YES, ["never holds 'yes'", "Seen: 'no', 'Yes'", 'positive = "Yes"']),
        (integers("0"), BINARY, ["never holds 1, the positive value", "Seen: 0"]),
        (integers("1"), BINARY, ["holds nothing but 1; there is nothing to tell apart"]),
        (floats(0, 0, only_0_or_1=True), BINARY, ["never holds 1"]),
        (strings("yes"), YES, ["holds nothing but 'yes'"]),
        (strings("red", "green", "blue", "Red"), COLOURS, ["holds 'Red'; the label may only be 'red', 'green',"]),
        (strings("red", "green"), COLOURS, ["never holds 'blue'", 'classes = ["green", "red"]']),
        (integers("1", "3"), GRADES, ["never holds 2", "classes = [1, 3]"]),
        (floats(-20, 15), LATE, ["is never above 15, which [label] counts as 1", "Seen: -20 to 15", "another number"]),
        (floats(-0.5, 9), REGRESSION | {"log": True}, ["below 0 (seen: -0.5 to 9)", "take log = true out of [label]"]),
        (floats(16, 90), LATE, ["is always above 15"]),
        (integers("0", "3"), EARLY, ["is never below 0"]),
        (strings("12", "16", "late"), LATE, ["needs a whole number or a number", "Not a number: 'late'"]),
        (integers("1", "2", "3", "10"), GRADES, ["holds 10; the label may only be 1, 2, 3", "classes = [1, 2, 3, 10]"]),
    ],
)  # fmt: skip
def test_a_label_that_cannot_be_made(seen, label, words):
    found = faults(seen, label)
    (sentence,) = found.refusals
    assert sentence.startswith("split 'train': column 'y' ")
    assert [word for word in words if word not in sentence] == []
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("seen", "label"),
    [
        (integers("0", "1"), BINARY),
        (floats(0, 1, only_0_or_1=True), BINARY),
        (strings("no", "yes", "maybe"), YES),
        (strings("no", complete=False), YES),
        (integers("1", "2"), ONE),
        (strings("red", "green", "blue"), COLOURS),
        (strings("red", complete=False), COLOURS),
        (integers("3", "2", "1"), GRADES),
        (floats(-5, 5), REGRESSION),
        (floats(-20, 15.5), LATE),
        (floats(0, 5), REGRESSION | {"log": True}),
        (integers("7", "20"), LATE),
        (floats(-0.5, 90), EARLY),
    ],
)
def test_a_label_that_can_be_made(seen, label):
    assert faults(seen, label).refusals == []
    assert list(faults(seen, label).warnings) == []


def test_a_class_that_only_the_eval_split_lacks_is_a_warning():
    found = faults(strings("red", "green"), COLOURS, "eval")
    assert found.refusals == ()
    assert "never holds 'blue'" in found.warnings[0]


def test_each_column_of_a_ratio_is_told():
    label = TypeAdapter(Label).validate_python(
        {"kind": "ratio_above", "numerator": "tips", "denominator": "fare", "threshold": 0.2}
    )
    columns = {"tips": Observed("tips", "FLOAT", 100, high=3), "fare": Observed("fare", "INT", 0)}
    found = label_faults(columns, label, "eval", ROWS).refusals
    assert ["column 'tips' is empty in 1,100 of 1,200" in found[0], "column 'fare' is empty in 1,200" in found[1]] == [
        True
    ] * 2


@pytest.mark.parametrize(("values", "faults"), [(("TRUE", "False"), 0), (("False", "false"), 1), (("True", "true"), 1)])
def test_true_and_false_are_told_apart_whatever_their_letters(values, faults):
    label = BinaryLabel(kind="binary", column="y").model_copy(update={"positive": True})
    assert len(label_faults({"y": strings(*values)}, label, "train", ROWS).refusals) == faults
