"""The line of a config that would suit what a column holds."""

from __future__ import annotations

import json
import re

from components.data_gate.observed import Observed

# An embedding has a row for each integer below `size`: of more, the range hardly names things.
_LARGEST_SIZE = 10_000
_BUCKETS = 10  # of a quantity about which no more is known than that it is one
_LARGEST_CLASSES = 20  # more values than these are hardly classes
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}")


def is_number(text: str, integer: bool = False) -> bool:
    """Tells whether a value is written as a number, as Python reads it; with `integer`, as a whole one."""
    try:
        (int if integer else float)(text)
    except ValueError:
        return False
    return True


def looks_like_a_date(text: str) -> bool:
    """Tells whether a value begins as a date does."""
    return bool(_DATE.match(text))


def feature_line(seen: Observed) -> str:
    """Returns the line under [features] that takes a column as it is."""
    if seen.type == "BYTES":
        kind = '{ kind = "vocabulary" }'
    elif seen.type == "INT" and seen.low >= 0 and 1 <= seen.high < _LARGEST_SIZE:
        kind = f'{{ kind = "categorical", size = {seen.high + 1:.0f} }}'
    elif seen.type == "INT":
        kind = f'{{ kind = "bucketized", buckets = {_BUCKETS} }}'
    else:
        kind = '{ kind = "numeric" }'
    return f"{seen.name} = {kind}"


def positive_line(seen: Observed) -> str:
    """Returns the line under [label] that makes the rarer of a column's values the positive one."""
    if not seen.values:
        return ""
    value = seen.values[-1] if seen.complete else seen.values[0]
    return f"positive = {value if seen.type == 'INT' else json.dumps(value)}"


def classes_line(seen: Observed) -> str:
    """Returns the line under [label] that names a column's values; "" where there are too many, or they are unknown."""
    if not seen.complete or not 2 <= len(seen.values) <= _LARGEST_CLASSES:
        return ""
    if seen.type == "INT":
        values = sorted(seen.values, key=int)
    else:
        values = [json.dumps(value, ensure_ascii=False) for value in sorted(seen.values)]
    return f"classes = [{', '.join(values)}]"
