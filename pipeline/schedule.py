"""When a scheduler runs the pipeline, and how often it tries."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from turnstile import cron
from turnstile.section import Section, day, wrong


def _cron(expression: str) -> str:
    if fault := cron.fault(expression):
        raise wrong(fault)
    return expression


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise wrong(f"expected an address that begins with http:// or https://, got '{url}'")
    return url.rstrip("/")


class ScheduleConfig(Section):
    """When Airflow or Kubeflow starts a run, and how often it tries a stage. It has no effect on `turnstile run`; of
    `retries` and `retry_seconds`, `turnstile watch` makes use for whole runs.
    """

    cron: Annotated[str, AfterValidator(_cron)] | None = Field(
        default=None,
        description='When runs start: a cron expression of five fields, or a preset such as "@daily"; '
        "by default only when they are asked for.",
    )
    start: Annotated[datetime.date, BeforeValidator(day)] = Field(
        default=datetime.date(2026, 1, 1),
        description="First day that there is data for.",
    )
    catch_up: bool = Field(
        default=False,
        description="Whether the intervals between start and now are run, one by one.",
    )
    retries: int = Field(
        default=2,
        ge=0,
        description="Number of times a failed stage is tried again; a gate that said no is not.",
    )
    retry_seconds: int = Field(
        default=60,
        ge=0,
        description="Seconds to wait before a failed stage is tried again.",
    )
    stage_minutes: int = Field(
        default=120,
        ge=1,
        description="Minutes after which a stage is taken to be hung, and is ended.",
    )
    reports_url: Annotated[str, AfterValidator(_address)] | None = Field(
        default=None,
        description="Address of `turnstile dashboard --serve`, such as `http://127.0.0.1:8090`: the note of a run in "
        "Airflow then links to the run's report there.",
    )
