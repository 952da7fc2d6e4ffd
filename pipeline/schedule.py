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


class ScheduleConfig(Section):
    """What Airflow and Kubeflow are told; a run started by hand does not look here.

    `cron` is a cron expression of five fields, or a preset such as "@daily"; without it, runs start when they are asked
    for. `start` is the first day there is data for, and `catch_up` whether the intervals since then are run one by one.
    """

    cron: Annotated[str, AfterValidator(_cron)] | None = None
    start: Annotated[datetime.date, BeforeValidator(day)] = datetime.date(2026, 1, 1)
    catch_up: bool = False
    retries: int = Field(default=2, ge=0)  # of a stage that failed; a gate that said no is not asked again
    retry_seconds: int = Field(default=60, ge=0)
    stage_minutes: int = Field(default=120, ge=1)  # after which a stage is taken for hung and ended
