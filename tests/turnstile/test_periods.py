"""Periods: each day is in one, and the first day of each is found again."""

from __future__ import annotations

import datetime

import pytest

from turnstile import periods


@pytest.mark.parametrize("every", ["day", "month", "quarter", 1, 7, 10])
def test_every_day_is_in_the_period_that_begins_last(every):
    days = [datetime.date(1969, 11, 20) + datetime.timedelta(days=n) for n in range(500)]
    for day in days:
        index = periods.index(day, every)
        assert periods.first_day(index, every) <= day < periods.first_day(index + 1, every)


def test_the_first_days():
    day = datetime.date(2016, 2, 29)
    found = {
        every: str(periods.first_day(periods.index(day, every), every)) for every in ("day", "month", "quarter", 7)
    }
    assert found == {"day": "2016-02-29", "month": "2016-02-01", "quarter": "2016-01-01", 7: "2016-02-29"}
