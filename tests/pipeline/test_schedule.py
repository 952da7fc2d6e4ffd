"""A schedule is what Airflow and Kubeflow both understand, or is refused with what was expected."""

from __future__ import annotations

import datetime

import pytest
from pydantic import ValidationError

from pipeline.schedule import ScheduleConfig


@pytest.mark.parametrize(
    "cron",
    [
        "@hourly", "@daily", "@weekly", "@monthly", "@yearly",
        "30 4 * * *", "0 0 1 1 0", "59 23 31 12 6", "*/15 8-18/2 * * mon-fri", "0,30 6,18 * Jan,jul SUN", "0 4 1-7 * 1",
    ],
)  # fmt: skip
def test_a_cron_expression_is_taken_as_it_is(cron):
    assert ScheduleConfig(cron=cron).cron == cron


def refusal(**values):
    with pytest.raises(ValidationError) as caught:
        ScheduleConfig.model_validate(values)
    (error,) = caught.value.errors()
    assert error["loc"] == tuple(values)
    return error["msg"]


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("", ["five fields", "there are 0"]),
        ("30 4 * *", ["five fields (minute, hour, day of the month, month, day of the week)", "there are 4"]),
        ("0 30 4 * * *", ["there are 6", '"30 4 * * *"', "@daily"]),
        ("daily", ["there are 1", "@daily"]),
        ("@dayly", ["expected one of @hourly, @daily"]),
        ("@once", ["expected one of @hourly"]),
        ("60 4 * * *", ["minute '60'", "0 to 59"]),
        ("0 24 * * *", ["hour '24'", "0 to 23"]),
        ("0 4 0 * *", ["day of the month '0'", "1 to 31"]),
        ("0 4 * 13 *", ["month '13'", "1 to 12, or jan to dec"]),
        ("0 4 * mon *", ["month 'mon'", "jan to dec"]),
        ("0 4 * * 7", ["day of the week '7'", "0 to 6, or sun to sat"]),
        ("0 18-8 * * *", ["hour '18-8'", "a range 'a-b'"]),
        ("*/0 4 * * *", ["minute '*/0'", "a step '*/n'"]),
        ("0 4, * * *", ["hour '4,'", "a list 'a,b'"]),
        ("0 4 ? * *", ["day of the month '?'", "expected *"]),
        ("a b c d e", ["minute 'a'"]),
    ],
)
def test_what_is_no_cron_expression_is_told_with_what_was_expected(cron, words):
    message = refusal(cron=cron)
    assert [word for word in words if word not in message] == []


def test_without_a_schedule_runs_start_when_they_are_asked_for():
    assert (ScheduleConfig().cron, ScheduleConfig().catch_up) == (None, False)


@pytest.mark.parametrize("start", ["2026-11-23", datetime.date(2026, 11, 23)])
def test_the_start_is_a_day(start):
    assert ScheduleConfig.model_validate({"start": start}).start == datetime.date(2026, 11, 23)


@pytest.mark.parametrize("start", ["yesterday", "2026-13-01", 2026, datetime.datetime(2026, 11, 23, 4, 30)])
def test_a_start_that_is_no_day_is_refused(start):
    assert refusal(start=start) == "expected a date as YYYY-MM-DD"


@pytest.mark.parametrize(("key", "least"), [("retries", 0), ("retry_seconds", 0), ("stage_minutes", 1)])
def test_the_bounds(key, least):
    assert getattr(ScheduleConfig.model_validate({key: least}), key) == least
    assert f"greater than or equal to {least}" in refusal(**{key: least - 1})
    assert "integer" in refusal(**{key: 1.5})


def test_an_unknown_key_is_told_with_the_nearest():
    with pytest.raises(ValidationError, match=r"unknown key 'corn'.*Did you mean 'cron'"):
        ScheduleConfig.model_validate({"corn": "@daily"})
