"""Which kind of feature each column becomes, and why: one table of rules, of which the first that applies decides."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from components.example_gen.column_types import ColumnType
from pipeline.init.profile import Profile, skewness
from turnstile import times
from turnstile.columns import Boolean, Categorical, Feature, Numeric, Text, Time, Vocabulary, is_boolean
from turnstile.null_values import is_word

# A value must stand in so many rows for something to be learned of it.
LEAST_ROWS = 5
# Below this share of rows with such values, the column names its rows, and does not sort them.
_LEAST_COVERED = 0.3
_MOST_TOP_K = 10_000
_LONGEST_SHOWN = 24  # characters of a value in a comment
# Text of so many words a value, most of its values different, is written by people.
_WORDS_OF_TEXT = 3
# A number that is different in more than half of the rows, and is called an id, is one.
_ID_SHARE = 0.5
_LARGEST_CODE = 1_000  # an embedding for each integer up to the largest is no waste until here
_CODES_USED = 0.2  # of the integers from 0 to the largest code, at least this share is there
# An exponential distribution has a skewness of 2; its logarithm must make it half as skewed, or is of no use.
_SKEWED = 2.0
_BELIEVED = 20  # numbers to judge a distribution by
_EVEN_STEPS = 0.95  # of a row's number to the next one's; files of their own begin anew

_IDS = {"id", "ids", "uuid", "guid", "key", "index", "idx", "rowid", "rownames", "rownum", "serial", "unnamed"}
_CODES = {
    *("code", "zip", "zipcode", "postcode", "postal", "region", "district", "county", "zone", "tract"),
    *("store", "shop", "station", "branch", "department", "dept", "type", "class", "pclass", "category", "cat"),
    *("group", "segment", "sku", "item", "product", "carrier", "route", "channel", "cluster", "id"),
}
# These name a size as often: a community area, and the area of a house. Few integers, close together, are codes.
_CODES_OR_SIZES = {"area"}
_PARTS_OF_TIME = {
    "quarter": 4,
    "weekday": 7,
    "dayofweek": 7,
    "dow": 7,
    "month": 12,
    "hour": 24,
    "day": 31,
    "week": 53,
    "minute": 60,
    "dayofyear": 366,
}
_TIMES = {"time", "timestamp", "datetime", "date", "ts", "epoch", "at", "created", "updated"}
_OTHER_DATE = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}([T ]\d{1,2}:\d{2}.*)?")


@dataclass(frozen=True)
class Choice:
    """What becomes of a column.

    Attributes:
        feature: the feature that it becomes; None if it is left out.
        why: the reason, for a comment.
    """

    feature: Feature | None
    why: str


Rule = Callable[[Profile], Choice | None]


def choose(column: Profile) -> Choice:
    """Returns the choice of the first rule that applies."""
    return next(choice for rule in RULES if (choice := rule(column)))


def _empty(column: Profile) -> Choice | None:
    rows = len(column.column)
    if not column.filled:
        return Choice(None, "has no value in any row")
    if column.filled < LEAST_ROWS <= rows / 2:
        return Choice(None, f"has a value in {column.filled:,} of {rows:,} rows, too few to learn from")
    return None


def _constant(column: Profile) -> Choice | None:
    if column.distinct > 1 or column.missing:
        return None
    return Choice(
        None, f"is {_shown(next(iter(column.counts), 'infinite'))} in every row, so it cannot tell rows apart"
    )


def _row_number(column: Profile) -> Choice | None:
    if not column.whole or column.distinct < max(_BELIEVED, column.filled):
        return None
    steps = np.diff(column.finite)
    if not np.mean(steps == np.median(steps)) >= _EVEN_STEPS:
        return None
    return Choice(None, "numbers the rows, so it tells nothing about new rows")


def _id(column: Profile) -> Choice | None:
    different = column.distinct / column.filled
    named = _IDS.intersection(column.words) and different > _ID_SHARE
    if not named or (column.is_number and not column.whole):
        return None
    return Choice(None, f"is an id: {column.distinct:,} different values in {column.filled:,} rows")


def _times(column: Profile) -> Choice | None:
    if column.is_number:
        return _numbered_times(column)
    values = [str(value) for value in column.counts if not is_word(str(value))]
    if values and all(map(times.is_iso, values)):
        return Choice(Time(kind="time"), f"times from {min(values)} to {max(values)}")
    if values and all(map(_OTHER_DATE.fullmatch, values)):
        return Choice(None, f"holds dates such as {values[0]}; write them as 2015-03-01, and a run can read them")
    return None


def _numbered_times(column: Profile) -> Choice | None:
    if not column.whole or not _TIMES.intersection(column.words):
        return None
    low, high = column.finite.min(), column.finite.max()
    unit = times.likely_unit(low, high)
    if unit is None:
        return None
    per_second = times.PER_SECOND[unit]
    feature = Time.model_validate({"kind": "time", "unit": unit})
    return Choice(feature, f"times from {_day(low / per_second)} to {_day(high / per_second)}")


def _day(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()


def _boolean(column: Profile) -> Choice | None:
    if len({str(value).strip().lower() for value in column.counts}) != 2:
        return None
    if column.whole and set(column.counts) == {0, 1}:
        # Of Parquet's floats, no boolean can be made.
        boolean = Boolean(kind="boolean") if column.kind == ColumnType.INT else Categorical(kind="categorical", size=2)
        return Choice(boolean, "0 and 1")
    if column.is_number or not all(is_boolean(str(value)) for value in column.counts):
        return None
    return Choice(Boolean(kind="boolean"), _listed(column))


def _part_of_time(column: Profile) -> Choice | None:
    if not column.whole or column.finite.min() < 0:
        return None
    largest = int(column.finite.max())
    part = next((word for word in column.words if largest <= _PARTS_OF_TIME.get(word, -1)), None)
    if part is None:
        return None
    size = _PARTS_OF_TIME[part] + 1
    why = f"{'an' if part == 'hour' else 'a'} {part}, {int(column.finite.min())} to {largest}"
    return Choice(Categorical(kind="categorical", size=size), why)


def _code(column: Profile) -> Choice | None:
    named = _CODES.intersection(column.words)
    if not column.whole or not (named or _CODES_OR_SIZES.intersection(column.words)):
        return None
    low, high = int(column.finite.min()), int(column.finite.max())
    if low >= 0 and high < _LARGEST_CODE and column.distinct >= _CODES_USED * (high + 1):
        why = f"its name says that it is a code; {column.distinct} integers from {low} to {high}"
        return Choice(Categorical(kind="categorical", size=max(2, high + 1)), why)
    if not named or column.kind != ColumnType.INT:  # of Parquet's floats, no vocabulary can be made
        return None
    choice = _names_its_rows(column) or _frequent(column)
    return Choice(choice.feature, f"its name says that it is a code; {choice.why}" if choice.feature else choice.why)


def _number(column: Profile) -> Choice | None:
    if not column.is_number:
        return None
    numbers = column.finite
    why = f"{_shown(numbers.min())} to {_shown(numbers.max())}" if len(numbers) else "infinite"
    log, before, after = takes_log(numbers)
    if log:
        why += f"; skewed ({before:.1f}), less so as a logarithm ({after:.1f})"
    return Choice(Numeric(kind="numeric", log=log), why)


def takes_log(numbers: np.ndarray) -> tuple[bool, float, float]:
    """Whether numbers have a tail that a logarithm shortens; their skewness, and that of their logarithms."""
    if len(numbers) < _BELIEVED:
        return False, 0.0, 0.0
    before = skewness(numbers)
    after = skewness(np.sign(numbers) * np.log1p(np.abs(numbers)))
    return before > _SKEWED and abs(after) < before / 2, before, after


def _written_by_people(column: Profile) -> Choice | None:
    if column.mean_words < _WORDS_OF_TEXT or column.distinct < _ID_SHARE * column.filled:
        return None
    return Choice(Text(kind="text"), f"free text, of about {column.mean_words:.0f} words a value")


def _names_its_rows(column: Profile) -> Choice | None:
    _, covered = column.in_rows(LEAST_ROWS)
    if covered >= _LEAST_COVERED:
        return None
    why = f"is different in almost every row: {column.distinct:,} values in {column.filled:,} rows"
    return Choice(None, f"{why}; those of {LEAST_ROWS} rows or more cover {covered:.0%}" if covered else why)


def _frequent(column: Profile) -> Choice:
    frequent, covered = column.in_rows(LEAST_ROWS)
    top_k = min(frequent, _MOST_TOP_K)
    if top_k == column.distinct:
        why = _listed(column)
    else:
        values = f"{frequent:,} of {column.distinct:,} values"
        why = f"{values} stand in {LEAST_ROWS} rows or more, and cover {covered:.1%} of the rows"
    return Choice(Vocabulary(kind="vocabulary", top_k=top_k), why)


# What a column is not comes first, then what its name and its values say together, then what its values say alone.
RULES: tuple[Rule, ...] = (
    _empty,
    _constant,
    _row_number,
    _id,
    _times,
    _boolean,
    _part_of_time,
    _code,
    _number,
    _written_by_people,
    _names_its_rows,
    _frequent,
)


def _listed(column: Profile) -> str:
    values = list(column.counts)
    return ", ".join(map(_shown, values)) if len(values) <= 4 else f"{len(values)} values"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value) if len(str(value)) <= _LONGEST_SHOWN else f"{str(value)[:_LONGEST_SHOWN]}..."
