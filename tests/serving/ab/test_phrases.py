"""Counted things, in the singular and the plural."""

import pytest

from serving.ab.joining import COUNT_PHRASES
from serving.ab.phrases import counted


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 keys in canary"), (1, "1 key in canary"), (1200, "1,200 keys in canary")]
)
def test_one_is_singular(number, expected):
    assert counted(number, "keys in canary") == expected


def test_every_count_of_a_log_can_be_one():
    assert [words for words in COUNT_PHRASES.values() if not words.split()[0].endswith("s")] == []
