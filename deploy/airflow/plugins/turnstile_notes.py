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
    _add_to_note(dag_run, [_of_task(task, why) for task, why in _told(dag_run, REASONS)])


@hookimpl
def on_dag_run_success(dag_run: DagRun, msg: str) -> None:
    """Called by the scheduler, in the session in which it records that the run has succeeded."""
    _add_to_note(dag_run, [])


def _add_to_note(dag_run: DagRun, reasons: list[str]) -> None:
    """Adds to what a person may have written: what is too long is cut, but for the link to the run's report.

    The link is in Markdown, as the UI shows notes; there is none if reports are served nowhere.
    """
    links = [f"[Report]({address})" for _, address in _told(dag_run, REPORT)]
    if not (reasons or links):
        return
    link = "".join(f"\n\n{each}" for each in links)
    note = "\n\n".join([*([dag_run.note] if dag_run.note else []), *reasons])
    longest = _LONGEST_NOTE - len(link)
    dag_run.note = ((note if len(note) <= longest else f"{note[: longest - 1]}…") + link).strip()


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
