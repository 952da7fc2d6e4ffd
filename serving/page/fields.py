"""The form of the page: a field for each column, with the values that the model has learned from."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any

from turnstile.times import DAY, PER_SECOND

# The network has 16 quantiles of each number. Between the second and the last of them are seven rows in eight; to the
# ends, which may be errors, a curve would be too wide to be read.
_LOW, _HIGH = 1, -1
_MOST_OPTIONS = 200  # in a drop-down list; a longer one is typed, and the browser proposes words
_DAYS = 25  # dates that a curve tries


def fields(preprocess: Mapping[str, Any], network: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[dict]:
    """Returns the fields.

    Args:
        preprocess, network: the two files of `turnstile export`.
        rows: recorded rows, values by column; what they have can be chosen, too.

    Returns:
        For each column its `column` and `kind`: a `number` with the `low` and the `high` that are usual, and whether
        it is `whole`; a `choice` or, with very many of them, a `word`, with its `values`; a `time` in text with dates
        as `values`, and `low` and `high`; or a `text`.
    """
    usual = _usual(preprocess, network)
    return [
        {"column": column["name"], **_field(column, preprocess, usual.get(column["name"]), rows)}
        for column in preprocess["columns"]
    ]


def _field(
    column: Mapping[str, str],
    preprocess: Mapping[str, Any],
    usual: tuple[float, float] | None,
    rows: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    name, given = column["name"], [row[column["name"]] for row in rows if row[column["name"]] is not None]
    if any(text["column"] == name for text in preprocess["texts"]):
        return {"kind": "text"}
    index = next((index for index in preprocess["indices"] if index["column"] == name), None)
    if index and index["kind"] != "bucket":
        values = list(dict.fromkeys([*_known(index, column["type"]), *map(str, given)]))
        return {"kind": "choice" if len(values) <= _MOST_OPTIONS else "word", "values": values}
    if usual is None:
        assert index  # a column of numbers has a z-score, or buckets
        ends = [*index["boundaries"], *given]
        usual = min(ends), max(ends)
    if column["type"] == "text":
        values = list(dict.fromkeys(map(_date, _spread(*usual, _DAYS))))
        return {"kind": "time", "low": values[0], "high": values[-1], "values": values}
    whole = column["type"] == "integer"
    low, high = (round(end) if whole else round(end, _decimals(*usual)) for end in usual)
    return {"kind": "number", "whole": whole, "low": low, "high": high}


def _decimals(low: float, high: float) -> int:
    """Returns how many decimals tell a thousand numbers between two apart."""
    return 3 - math.floor(math.log10(high - low)) if high > low else 0


def _known(index: Mapping[str, Any], kind: str) -> list[str]:
    """Returns the values of a column that the model tells apart."""
    if index["kind"] == "vocabulary":
        return index["words"]
    if index["kind"] == "categorical":
        return [str(value) for value in range(index["size"])]
    return [index["yes"][0], index["no"][0]] if kind == "text" else ["1", "0"]


def _usual(preprocess: Mapping[str, Any], network: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Returns between which numbers seven training rows in eight are, by the quantiles that the network's layer has.

    The layer sees all z-scores, then for each whether it is missing, then the parts of each time, of which the second
    is its own z-score.
    """
    numbers, times = preprocess["numbers"], preprocess["times"]
    found = {}
    for place, number in enumerate(numbers):
        low, high = _unscored(network, place, number)
        found[number["column"]] = (_unlogged(low), _unlogged(high)) if number["log"] else (low, high)
    for place, time in enumerate(times):
        per = _per_second(time["unit"])
        low, high = _unscored(network, 2 * len(numbers) + 9 * place + 1, time["time"])
        found[time["column"]] = low * per, high * per
    return found


def _unscored(network: Mapping[str, Any], place: int, score: Mapping[str, float]) -> tuple[float, float]:
    begins = network["numbers"]["begins"]
    pieces = begins["shape"][1]
    quantiles = begins["values"][place * pieces : (place + 1) * pieces]
    low, high = (score["mean"] + (score["deviation"] or 1) * quantiles[end] for end in (_LOW, _HIGH))
    return low, high


def _unlogged(value: float) -> float:
    return math.copysign(math.expm1(abs(value)), value)


def _per_second(unit: str | None) -> float:
    return 1.0 if unit is None else 1 / DAY if unit == "day" else float(PER_SECOND[unit])


def _spread(low: float, high: float, count: int) -> list[float]:
    return [low + (high - low) * i / (count - 1) for i in range(count)]


def _date(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()
