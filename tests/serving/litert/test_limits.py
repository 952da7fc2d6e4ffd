"""What LiteRT cannot prepare is named, column by column, with the reason."""

from __future__ import annotations

from serving.litert.limits import faults
from tests.made_plain import preprocess


def test_every_kind_that_it_can_prepare_is_without_fault():
    assert faults(preprocess()) == []


def test_what_takes_text_apart_or_hashes_it_is_named():
    made = preprocess()
    made["times"].append({"column": "day", "unit": None})
    made["indices"].append({"column": "maker", "kind": "vocabulary", "oov_buckets": 5})
    made["texts"].append({"column": "note"})
    assert faults(made) == [
        "column 'day' is a time that is written as text",
        "column 'maker' has 5 buckets for other words, which are chosen by a hash",
        "column 'note' is text that is split into words",
    ]
