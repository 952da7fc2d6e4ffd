"""A path with placeholders is told from any other, and what TFX could not follow is refused in words."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from turnstile import span_pattern

DAY = datetime.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("path", "span"),
    [
        ("trips.csv", None),
        ("data/trips", None),
        ("trips/{YYYY}-{MM}-{DD}.csv", None),
        ("trips/{YYYY}-{MM}-{DD}.csv", DAY),
        ("trips/{YYYY}/{MM}/{DD}/*.csv", DAY),
        ("{DD}.{MM}.{YYYY}.parquet", DAY),
        ("trips-{SPAN}.csv", 0),
        ("span-{SPAN:3}/v{VERSION:2}/trips.parquet", 7),
        ("{YYYY}{MM}{DD}/{VERSION}.csv", None),
    ],
)
def test_what_tfx_can_follow_has_no_fault(path, span):
    assert span_pattern.fault(path, span) is None


@pytest.mark.parametrize(
    ("path", "span", "words"),
    [
        ("{YYYY}.csv", None, ["has {YYYY}", "each of {YYYY}, {MM} and {DD}"]),
        ("{YYYY}-{DD}.csv", None, ["each of {YYYY}, {MM} and {DD}"]),
        ("{YYYY}-{MM}-{DD}/{DD}.csv", None, ["{DD} twice"]),
        ("{SPAN}/{SPAN:3}.csv", None, ["{SPAN} twice"]),
        ("{SPAN}-{VERSION}-{VERSION}.csv", None, ["{VERSION} twice"]),
        ("{SPAN}/{MM}.csv", None, ["{SPAN} and {MM}", "keep one"]),
        ("{SPAN}/{YYYY}-{MM}-{DD}.csv", None, ["{SPAN} and {YYYY}", "keep one"]),
        ("v{VERSION}.csv", None, ["{VERSION}", "needs {SPAN}"]),
        ("{YYY}.csv", None, ["unknown placeholder '{YYY}'", "{YYYY}, {MM}, {DD}, {SPAN} or {VERSION}"]),
        ("{span}.csv", None, ["'{span}'"]),
        ("{SPAN:x}.csv", None, ["'{SPAN:x}'", "{SPAN:3}"]),
        ("{SPAN:0}.csv", None, ["'{SPAN:0}'"]),
        ("{SPAN:}.csv", None, ["'{SPAN:}'"]),
        ("{YYYY:4}-{MM}-{DD}.csv", None, ["'{YYYY:4}'"]),
        ("trips/{SPAN}", None, ["must end in .csv or .parquet", "/*.csv"]),
        ("trips/{SPAN}/*", None, ["must end in .csv or .parquet"]),
        ("trips.csv", 3, ["span 3", "has no {SPAN}", "Leave the span out"]),
        ("trips", DAY, ["span 2026-11-23", "has no {YYYY}, {MM} and {DD}"]),
        ("{SPAN}.csv", DAY, ["span 2026-11-23", "expected an integer"]),
        ("{SPAN:2}.csv", 100, ["span 100", "room for 2 digits"]),
        ("{YYYY}-{MM}-{DD}.csv", 20780, ["span 20780", "expected a date as YYYY-MM-DD"]),
    ],
)
def test_a_faulty_path_or_span_is_told(path, span, words):
    told = span_pattern.fault(path, span) or ""
    assert [word for word in [path, *words] if word not in told] == []


def test_a_day_is_a_number_and_back():
    assert (span_pattern.number(datetime.date(1970, 1, 2)), span_pattern.number(DAY), span_pattern.number(7)) == (
        1, 20780, 7
    )  # fmt: skip
    assert span_pattern.of_number("{YYYY}-{MM}-{DD}.csv", 20780) == DAY
    assert span_pattern.of_number("{SPAN}.csv", 20780) == 20780
    assert span_pattern.of_number("trips.csv", 0) is None


@pytest.mark.parametrize(
    ("path", "folder", "pattern"),
    [
        ("data/trips/{YYYY}/{MM}/*{DD}.csv", "data/trips", "{YYYY}/{MM}/*{DD}.csv"),
        ("data/day-{YYYY}{MM}{DD}/trips.csv", "data", "day-{YYYY}{MM}{DD}/trips.csv"),
        ("data/*/{SPAN}.csv", "data", "*/{SPAN}.csv"),
        ("{SPAN}.csv", ".", "{SPAN}.csv"),
        ("/{SPAN}.csv", "/", "{SPAN}.csv"),
    ],
)
def test_a_path_is_split_before_the_first_placeholder(path, folder, pattern):
    assert span_pattern.folder_and_pattern(path) == (Path(folder), pattern)
