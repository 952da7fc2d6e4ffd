"""Days, months, quarters and runs of days: which of them a date is in, so that spans can be counted."""

from __future__ import annotations

import datetime
from typing import Literal

Period = Literal["day", "month", "quarter"]
Every = Period | int  # a number is one of days

# Runs of days are counted from a Monday, so that those of 7 days are weeks.
_MONDAY = datetime.date(1970, 1, 5)
_MONTHS = {"month": 1, "quarter": 3}


def index(day: datetime.date, every: Every) -> int:
    """Returns the number of the period that a day is in: that of the period after it is greater by 1.

    Args:
        day: the day.
        every: how long a period is.
    """
    if every in _MONTHS:
        return (day.year * 12 + day.month - 1) // _MONTHS[str(every)]
    return (day - _MONDAY).days // _days(every)


def first_day(index: int, every: Every) -> datetime.date:
    """Returns the day on which a period begins; arguments as of `index`, which it is the inverse of."""
    if every in _MONTHS:
        year, month = divmod(index * _MONTHS[str(every)], 12)
        return datetime.date(year, month + 1, 1)
    return _MONDAY + datetime.timedelta(days=index * _days(every))


def in_words(every: Every) -> str:
    """Returns how long a period is, as "quarter" or "7 days"."""
    return str(every) if isinstance(every, str) else "day" if every == 1 else f"{every} days"


def _days(every: Every) -> int:
    return every if isinstance(every, int) else 1
