"""Writes into a run's note why it failed, in the words of the tasks that did, and a link to its report."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from airflow.models.xcom import XComModel
from airflow.plugins_manager import AirflowPlugin
from sqlalchemy.orm import object_session
from turnstile_airflow import REASONS, REPORT

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

_LONGEST_NOTE = 1000  # characters; Airflow's column has no more


@hookimpl
def on_dag_run_failed(dag_run: DagRun, msg: str) -> None:
    """Called by the scheduler, in the session in which it records that the run has failed."""
    reasons = [_of_task(task, why) for task, why in _told(dag_run, REASONS)]
    note = "\n\n".join([*([dag_run.note] if dag_run.note else []), *reasons])
    link = _link(dag_run)
    longest = _LONGEST_NOTE - len(link)
    if reasons or link:
        dag_run.note = (note if len(note) <= longest else f"{note[: longest - 1]}…") + link


@hookimpl
def on_dag_run_success(dag_run: DagRun, msg: str) -> None:
    """Called by the scheduler, in the session in which it records that the run has succeeded."""
    if link := _link(dag_run):
        dag_run.note = ((dag_run.note or "") + link).strip()


def _link(dag_run: DagRun) -> str:
    """The link to the run's report, in Markdown as the UI shows notes; "" if reports are served nowhere."""
    return "".join(f"\n\n[Report]({address})" for _, address in _told(dag_run, REPORT))


def _told(dag_run: DagRun, key: str) -> list[tuple[str, str]]:
    """What the run's tasks have left under a key, with their names."""
    session = object_session(dag_run)
    if session is None:
        return []
    found = session.scalars(XComModel.get_many(run_id=dag_run.run_id, dag_ids=dag_run.dag_id, key=key))
    return [(xcom.task_id, XComModel.deserialize_value(xcom)) for xcom in found]


def _of_task(task: str, why: str) -> str:
    """A task's words, with its name in front if its first line does not have it."""
    return why if task in why.split("\n", 1)[0] else f"{task}: {why}"


class TurnstileNotes(AirflowPlugin):
    """Makes Airflow call what is above."""

    name = "turnstile_notes"
    listeners = (sys.modules[__name__],)
