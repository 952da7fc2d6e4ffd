"""What the page carries: how tables are read, what the answer is about, weights in base64."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from serving.page.contents import _csv, _in_words, _packed
from turnstile.labels import BinaryLabel, MulticlassLabel, RatioAboveLabel, RegressionLabel


def test_tables_are_read_as_the_config_says_or_as_before_it_could_say():
    said = _csv({"data": {"separator": ";", "decimal": ",", "compression": None, "null_values": ["?"]}})
    assert (said["separator"], said["decimal"], said["missing"]) == (";", ",", ["", "?"])
    assert "n/a" in said["words"]
    unsaid = _csv({"data": {"path": "a.csv"}})
    assert (unsaid["separator"], unsaid["decimal"], unsaid["missing"]) == (",", ".", [""])


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (RatioAboveLabel(kind="ratio_above", numerator="tips", denominator="fare", threshold=0.2),
         "tips is more than 0.2 times fare"),
        (BinaryLabel(kind="binary", column="late"), "late is 1"),
        (BinaryLabel(kind="binary", column="late", positive="yes"), "late is yes"),
        (BinaryLabel(kind="binary", column="days", above=3), "days is above 3"),
        (BinaryLabel(kind="binary", column="days", below=0.5), "days is below 0.5"),
        (MulticlassLabel(kind="multiclass", column="color", classes=("red", "blue")), "color"),
        (RegressionLabel(kind="regression", column="price"), "price"),
    ],
)  # fmt: skip
def test_the_answer_is_about_the_label(label, words):
    assert _in_words(label) == words


def test_weights_are_float32_and_all_else_stays():
    network = {"format": 1, "numbers": None, "words": [{"deep": {"shape": [2, 1], "values": [0.1, -2.0]}}]}
    packed = _packed(network)
    weights = packed["words"][0]["deep"]
    assert weights["shape"] == [2, 1]
    assert np.frombuffer(base64.b64decode(weights["base64"]), "<f4").tolist() == np.float32([0.1, -2]).tolist()
    assert (packed["format"], packed["numbers"]) == (1, None)
