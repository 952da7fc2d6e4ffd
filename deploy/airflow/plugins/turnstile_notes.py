"""Writes into a failed run's note why it failed, in the words of the tasks that did."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from airflow.models.xcom import XComModel
from airflow.plugins_manager import AirflowPlugin
from sqlalchemy.orm import object_session
from turnstile_airflow import REASONS

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

_LONGEST_NOTE = 1000  # characters; Airflow's column has no more


@hookimpl
def on_dag_run_failed(dag_run: DagRun, msg: str) -> None:
    """Called by the scheduler, in the session in which it records that the run has failed."""
    session = object_session(dag_run)
    if session is None:
        return
    found = session.scalars(XComModel.get_many(run_id=dag_run.run_id, dag_ids=dag_run.dag_id, key=REASONS))
    reasons = [_of_task(xcom.task_id, XComModel.deserialize_value(xcom)) for xcom in found]
    note = "\n\n".join([*([dag_run.note] if dag_run.note else []), *reasons])
    if reasons:
        dag_run.note = note if len(note) <= _LONGEST_NOTE else f"{note[: _LONGEST_NOTE - 1]}…"


def _of_task(task: str, why: str) -> str:
    """A task's words, with its name in front if its first line does not have it."""
    return why if task in why.split("\n", 1)[0] else f"{task}: {why}"


class TurnstileNotes(AirflowPlugin):
    """Makes Airflow call what is above."""

    name = "turnstile_notes"
    listeners = (sys.modules[__name__],)
