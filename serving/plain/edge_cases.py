# ruff: noqa: RUF001
"""Rows at which two implementations of one model come apart, if they do: one strange value in an ordinary row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from turnstile.times import DAY, FIRST, LAST, PER_SECOND

Row = dict[str, Any]  # a value by column: a float, an integer or text; None where it is missing

_NUMBERS = (0.0, -3.5, 1e-30, 1e6, -1e6, 3e38)
# 29 February 2000, the second before 1970, and those before the year 1 and after the year 9999.
_SECONDS = (951_782_400, -1, FIRST - 1, LAST + 1)
_WORDS = 50  # of a vocabulary that are asked about
_INTEGERS = (0, 1, -1, 7, 2_000_000_000, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63) + 1)
# Of each length at which FarmHash takes another way; letters of one to four bytes; white space; what C or JSON escapes.
_TEXTS: tuple[str, ...] = ("", "Never seen", "naïve ☃", "🜚", " ", "\ttab\n", 'a "quote" \\ back', "0")
_TEXTS += tuple(
    "long name!"[: n % 10] + "long name!" * (n // 10) for n in (3, 8, 16, 17, 32, 33, 64, 65, 128, 129, 300)
)
_BOOLEANS = ("TRUE", " yes ", "\tno\n", "f", "2", "1.0", "ja")
_DAYS: tuple[str, ...] = (
    "2015-03-01",
    "2015-3-1",
    "2016-02-29",
    "2015-02-29",
    "2015-04-31",
    "2015-13-01",
    "1969-12-31",
    "0001-01-01",
)
_DAYS += ("0000-01-01", "9999-12-31")
_CLOCKS: tuple[str, ...] = (
    " 00:00 ", "T12:30:00Z", "t12:30:00.25+01:00", " 1:30 UTC", " 12:30 -0930", " 23:59:59", " 23:59:59-01", " 24:00",
    " 00:00+01:00", " 12:30+2359", " 12:30+245", " 12:30+199", " 12:30+123", " 12:30+5", " 12:30+12:", " 12:30:", "x",
)  # fmt: skip
# In all of them letters have other small forms than by their number alone: a final sigma, a dotted I; apostrophes of
# two kinds; accents by themselves; digits and letters of other scripts; and what is cut off in the middle of a letter.
_WRITTEN: tuple[str, ...] = (
    "ΌΣΟΣ ΣΊΣΥΦΟΣ ΑΣ'Α",
    "İstanbul I",
    "don't",
    "DON’T KNOCK",
    "naı\u0308ve Straße ǅ",
    "٣ Ⅷ ½ 東京 한글",
)
_WRITTEN += ("☃ 👍 - ! \u00a0 a_b",)
_LETTERS = "ßéА東"


def rows(recorded: Sequence[Row], preprocess: Mapping[str, Any]) -> list[Row]:
    """Returns rows in which one column at a time is missing or strange, a row in which all are missing, and `recorded`.

    Args:
        recorded: ordinary rows.
        preprocess: the content of preprocess.json: its boundaries and words are among the values.
    """
    ordinary = recorded or [dict.fromkeys((column["name"] for column in preprocess["columns"]), None)]
    strange = [
        (column["name"], value) for column in preprocess["columns"] for value in (None, *_values(column, preprocess))
    ]
    changed = [ordinary[n % len(ordinary)] | {name: value} for n, (name, value) in enumerate(strange)]
    return [*recorded, *changed, dict.fromkeys(ordinary[0], None)]


def _values(column: Mapping[str, str], preprocess: Mapping[str, Any]) -> Iterator[Any]:
    features = [
        feature
        for kind in ("numbers", "times", "indices", "texts")
        for feature in preprocess[kind]
        if feature["column"] == column["name"]
    ]
    if column["type"] == "number":
        yield from (_float32(value) for value in (*_NUMBERS, *_beside(features)))
    elif column["type"] == "integer":
        yield from _whole(features)
    else:
        yield from _strings(features)


def _beside(features: Sequence[Mapping[str, Any]]) -> Iterator[float]:
    """Yields each boundary of buckets, and the numbers right below and above it."""
    for bound in (bound for feature in features for bound in feature.get("boundaries", ())):
        for towards in (-np.inf, bound, np.inf):
            yield np.nextafter(np.float32(bound), np.float32(towards))


def _whole(features: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    yield from _INTEGERS
    for feature in features:
        yield from (feature["size"] + n for n in (-1, 0, 1) if "size" in feature)
        yield from (int(word) for word in feature.get("words", ())[:_WORDS])
        yield from (int(bound) + n for bound in feature.get("boundaries", ()) for n in (0, 1))
        if unit := feature.get("unit"):
            counted = (n // DAY if unit == "day" else n * PER_SECOND[unit] for n in _SECONDS)
            yield from (n for n in counted if abs(n) < 2**63)


def _strings(features: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _TEXTS
    for feature in features:
        yield from feature.get("words", ())[:_WORDS]
        yield from (*feature.get("yes", ()), *feature.get("no", ()), *_BOOLEANS) if "yes" in feature else ()
        if "unit" in feature:
            yield from (
                *_DAYS,
                *(f"2015-03-01{clock}" for clock in _CLOCKS),
                "9999-12-31 23:59-1",
                "0001-01-01 00:00+1",
            )
        if "bytes" in feature:
            words = " ".join(feature["words"][:40])
            yield from (words, words.upper(), words.replace(" ", ", "), *_WRITTEN)
            yield from (f"{' ' * (feature['bytes'] - n)}{_LETTERS} {words}" for n in range(5))


def _float32(value: float) -> float:
    return float(np.float32(value))
