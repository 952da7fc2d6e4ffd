"""The line of a config that would suit what a column holds."""

from __future__ import annotations

import difflib
import json

from components.data_gate.observed import Observed
from turnstile.columns import are_written, is_boolean
from turnstile.feature_line import feature_line
from turnstile.times import is_iso, likely_unit

# An embedding has a row for each integer below `size`: of more, the range hardly names things.
_LARGEST_SIZE = 10_000
_BUCKETS = 10  # of a quantity about which no more is known than that it is one
_LARGEST_CLASSES = 20  # more values than these are hardly classes


def is_number(text: str, integer: bool = False) -> bool:
    """Tells whether a value is written as a number, as Python reads it; with `integer`, as a whole one."""
    try:
        (int if integer else float)(text)
    except ValueError:
        return False
    return True


def line_for(seen: Observed) -> str:
    """Returns the line under [features] that takes a column as it is."""
    if seen.type == "BYTES":
        if seen.complete and all(map(is_boolean, seen.values)):
            return feature_line(seen.name, "boolean")
        if seen.values and all(map(is_iso, seen.values)):
            return feature_line(seen.name, "time")
        return feature_line(seen.name, "text" if are_written(seen.values) else "vocabulary")
    if seen.type == "INT" and seen.low >= 0 and 1 <= seen.high < _LARGEST_SIZE:
        return feature_line(seen.name, "categorical", size=int(seen.high) + 1)
    if seen.type == "INT" and (unit := likely_unit(seen.low, seen.high)):
        return feature_line(seen.name, "time", unit=unit)
    if seen.type == "INT":
        return feature_line(seen.name, "bucketized", buckets=_BUCKETS)
    return feature_line(seen.name, "numeric")


def positive_line(seen: Observed, wanted: str | int | None) -> str:
    """Returns the line under [label] that names one of a column's values as the positive one.

    Args:
        seen: the column.
        wanted: the positive value of the config, if it has one: the value most like it is taken. Where none is, it is
            the last by the alphabet, in every split the same: of "no" and "yes", this is what is mostly meant.
    """
    if not seen.values:
        return ""
    plain = {value.casefold().strip(): value for value in sorted(seen.values)}
    close = [] if wanted is None else difflib.get_close_matches(str(wanted).casefold().strip(), list(plain), n=1)
    value = plain[close[0]] if close else max(seen.values)
    return f"positive = {value if seen.type == 'INT' else json.dumps(value, ensure_ascii=False)}"


def classes_line(seen: Observed) -> str:
    """Returns the line under [label] that names a column's values; "" where there are too many, or they are unknown."""
    if not seen.complete or not 2 <= len(seen.values) <= _LARGEST_CLASSES:
        return ""
    if seen.type == "INT":
        values = sorted(seen.values, key=int)
    else:
        values = [json.dumps(value, ensure_ascii=False) for value in sorted(seen.values)]
    return f"classes = [{', '.join(values)}]"
