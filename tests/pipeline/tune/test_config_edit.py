"""What of a config's text changes, and what stays."""

from __future__ import annotations

import tomllib

import pytest

from pipeline.tune.config_edit import diff, edited

VALUES = {"hidden_units": [128, 64], "heads": 16, "dropout": 0.1}


def changed(text, values):
    """The lines that go and come."""
    lines = diff(text, edited(text, values), "c.toml").splitlines()[2:]
    return [line for line in lines if line[0] in "+-"]


def test_a_value_changes_where_it_is_and_its_comment_stays():
    text = 'name = "x"\n\n[training]  # all of it\nheads   = 4  # four\nseed = 7\n\n# of the release\n[release]\n'
    assert changed(text, {"heads": 16}) == ["-heads   = 4  # four", "+heads   = 16  # four"]


def test_a_new_value_stands_with_the_others():
    text = "[training]\nseed = 7\n\n# of the release\n[release]\n"
    assert edited(text, {"heads": 16}) == "[training]\nseed = 7\nheads = 16\n\n# of the release\n[release]\n"


def test_a_config_without_the_table_gets_one():
    text = "[[release.per_slice]]\nmin = 1"
    assert edited(text, {"heads": 16}) == f"{text}\n\n[training]\nheads = 16\n"


@pytest.mark.parametrize(
    "text",
    [
        "training = { heads = 4 }\nx = 1\n",
        "training.heads = 4\n# comment\nx = 1\n",
        "[training]",
        "[training]\nhidden_units = [\n  64,\n  32,  # last\n]\nseed = 7\n[release]\n",
        "[training]\r\nheads = 4\r\n\r\n[release]\r\n",
    ],
)
def test_however_it_is_written_the_values_are_there_and_all_others_too(text):
    expected = tomllib.loads(text)
    expected["training"] |= VALUES
    after = edited(text, VALUES)
    assert tomllib.loads(after) == expected
    assert after.count("\r\n") in (0, after.count("\n"))
