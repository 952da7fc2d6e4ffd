"""Writes the DAG file that runs a pipeline under Airflow, one task a node; imports neither TFX nor Airflow."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template

from pipeline.config import Config
from turnstile.gates import GATES

# Its values are Python literals.
_DAG = Template('''"""Trains `$name`, gates it and pushes it, if every gate lets it through.

`compile` freezes what the run does; each other task is a node of the pipeline, run by `turnstile node`. A gate that
says no fails its task without a retry, and nothing after it runs; why is at the end of the task's log and in the run's
note. A task that failed otherwise is tried again. The gates are $gates.

Written by `turnstile compile airflow`: change the config and compile again, rather than edit this.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import $imports
from turnstile_airflow import CompileOperator, NodeOperator, direct$approval_import

# Where things are; below PROJECT, or absolute.
PROJECT = $project
TURNSTILE = $turnstile
CONFIG = $config
DATA = $data
OUTPUT_DIR = $output_dir
SERVING_DIR = $serving_dir
RUNS = f"{OUTPUT_DIR}/$name/runs"

# Where the reports of the runs are served; None if nowhere.
REPORTS = $reports

# Which span of the data: what the run was asked for, else $span_words.
SPAN = $span

# Who waits for whom.
GRAPH = $graph

with DAG(
    dag_id=$dag_id,
    doc_md=__doc__,
    tags=["turnstile"],
    schedule=$schedule,
    start_date=datetime($start, tzinfo=UTC),
    catchup=$catch_up,
    max_active_runs=1,
    default_args={
        "retries": $retries,
        "retry_delay": timedelta(seconds=$retry_seconds),
        "execution_timeout": timedelta(minutes=$stage_minutes),
    },
    params={
        "config": Param(CONFIG, type="string", description="The pipeline's TOML file"),
        "data": Param(DATA, type=["null", "string"], description="Overrides data.path of the config"),
        "span": Param(None, type=["null", "string"], description="Of data by day, YYYY-MM-DD; by number, an integer"),
    },
):
    where = {"project": PROJECT, "turnstile": TURNSTILE, "runs": RUNS}
    freeze = CompileOperator(
        task_id="compile",
        config="{{ params.config }}",
        data="{{ params.data or '' }}",
        span=SPAN,
        output_dir=OUTPUT_DIR,
        serving_dir=SERVING_DIR,
        graph=GRAPH,
        reports=REPORTS,
        **where,
    )
    tasks = {node: NodeOperator(task_id=node, **where) for node in GRAPH}
    for node, before in direct(GRAPH).items():
        tasks[node].set_upstream([tasks[other] for other in before] or freeze)
$approval''')

_APPROVAL_IMPORT = "\nfrom turnstile_approval import ApprovalOperator, ReleaseOperator"
_APPROVAL = """
    # The version waits for a person's approval.
    released = {"config": "{{ params.config }}", "serving_dir": SERVING_DIR, **where}
    approval = ApprovalOperator(task_id="approval", **released)
    approval.set_upstream(tasks["Pusher"])
    approval.set_downstream(ReleaseOperator(task_id="release", approval="approval", **released))
"""

_ASKED_OR_LATEST = "\"{{ params.span or '' }}\""
_ASKED_OR_OF_THE_INTERVAL = """(
    "{{ params.span or (dag_run.data_interval_start | ds if dag_run.data_interval_start and not params.data else '') }}"
)"""


def dag_text(
    config: Config, graph: dict[str, list[str]], config_file: str, data: str | None, project: Path, turnstile: Path
) -> str:
    """Returns the DAG file of a config.

    Args:
        config: what to run, and when.
        graph: for each node the nodes it waits for, in topological order.
        config_file: where the config is, from `project` or absolute.
        data: what to read instead of the config's data.path; None for that.
        project: the project's folder, absolute.
        turnstile: the command, absolute.
    """
    waits = config.release.approval == "required"
    schedule, by_interval = config.schedule, bool(config.schedule.cron) and "{YYYY}" in config.data.path
    timetable = f'CronDataIntervalTimetable({_literal(schedule.cron)}, timezone="UTC")' if schedule.cron else "None"
    return _DAG.substitute(
        name=config.name,
        gates=", ".join(GATES),
        dag_id=_literal(config.name),
        imports="DAG, CronDataIntervalTimetable, Param" if schedule.cron else "DAG, Param",
        project=_literal(str(project)),
        turnstile=_literal(str(turnstile.relative_to(project) if turnstile.is_relative_to(project) else turnstile)),
        config=_literal(config_file),
        data=_literal(data),
        output_dir=_literal(config.output),
        serving_dir=_literal(config.serving.dir),
        reports=_literal(schedule.reports_url),
        span_words="the day its data interval begins" if by_interval else "the latest",
        span=_ASKED_OR_OF_THE_INTERVAL if by_interval else _ASKED_OR_LATEST,
        graph=_literal_graph(graph),
        schedule=timetable,
        start=f"{schedule.start.year}, {schedule.start.month}, {schedule.start.day}",
        catch_up=schedule.catch_up,
        retries=schedule.retries,
        retry_seconds=schedule.retry_seconds,
        stage_minutes=schedule.stage_minutes,
        approval_import=_APPROVAL_IMPORT if waits else "",
        approval=_APPROVAL if waits else "",
    )


def _literal(value: str | None) -> str:
    """A string as Python writes it, in the double quotes of the house, or None."""
    return "None" if value is None else json.dumps(value, ensure_ascii=False)


def _literal_graph(graph: dict[str, list[str]]) -> str:
    lines = [f"    {_literal(node)}: {json.dumps(before)},\n" for node, before in graph.items()]
    return "{\n" + "".join(lines) + "}"
