"""What text and which integers are a time: the same when a model learns, when data is checked, and when it is asked."""

from __future__ import annotations

import datetime
import re

# ISO 8601, as Python's `re` and TensorFlow's and Arrow's RE2 read it alike. The nine groups: year, month, day, hour,
# minute, second, and of an offset from UTC its sign, hours and minutes. Fractions of a second are dropped.
PATTERN = (
    r"^\s*([0-9]{4})-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])"
    r"(?:[Tt ]([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,][0-9]+)?)?"
    r" ?(?:[Zz]|UTC|([+-])([01]?[0-9]|2[0-3]):?([0-5][0-9])?)?)?\s*$"
)
_ISO = re.compile(PATTERN, re.ASCII)

# How many of each unit are in a second; of a day, how many seconds are in it.
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
DAY = 86_400
# A calendar of years that begin in March has its leap day last. It repeats after 400 years, which have so many days;
# 1970-01-01 is so many days after 0000-03-01, and was a Thursday, counted from Monday.
ERA_YEARS, ERA_DAYS, EPOCH, THURSDAY = 400, 146_097, 719_468, 3
# Standard deviations from the mean beyond which all times are alike: a model is asked about times after those it
# learned from, and about others than the only one it knows, from which no deviation follows.
FARTHEST = 5.0
# The seconds since 1970 at which the year 1 begins and the year 9999 ends: what is outside is taken as missing.
FIRST, LAST = -62_135_596_800, 253_402_300_799


def is_iso(text: str) -> bool:
    """Returns whether text is a date or a time as ISO 8601 has it; the time may have an offset from UTC."""
    found = _ISO.match(text)
    if not found:
        return False
    try:
        datetime.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


def seconds_of(text: str) -> int | None:
    """Returns the seconds since 1970 at which a time lies that `is_iso` takes, as UTC where it has no offset; None for
    any other text.
    """
    if not is_iso(text):
        return None
    found = _ISO.match(text)
    assert found
    year, month, day, hour, minute, second = (int(found[group] or 0) for group in range(1, 7))
    days = (datetime.date(year, month, day) - datetime.date(1970, 1, 1)).days
    offset = int(found[8] or 0) * 3600 + int(found[9] or 0) * 60
    return days * DAY + hour * 3600 + minute * 60 + second - (-offset if found[7] == "-" else offset)


def in_range(number: float, unit: str) -> bool:
    """Returns whether a number since 1970 lies in the years 1 to 9999."""
    seconds = number * DAY if unit == "day" else number / PER_SECOND[unit]
    return FIRST <= seconds <= LAST


def likely_unit(low: float, high: float) -> str | None:
    """Returns the unit by which numbers since 1970 lie in the years 1980 to 2100; None if there is none.

    Days are none of them: most numbers of their size count something else.
    """
    begins, ends = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC).timestamp() for year in (1980, 2100))
    units = (unit for unit, in_one in PER_SECOND.items() if begins <= low / in_one and high / in_one <= ends)
    return next(units, None)


def as_iso(moment: datetime.date) -> str:
    """Returns a date, or a time, as the text that ExampleGen writes: without fractions, and in UTC if it has a zone."""
    if not isinstance(moment, datetime.datetime):
        return moment.isoformat()
    if moment.tzinfo is not None:
        moment = moment.astimezone(datetime.UTC).replace(tzinfo=None)
    return moment.replace(microsecond=0).isoformat(" ")
