"""The DAG file of a config: what it says about the graph, the schedule, the paths and the span."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import config_file
from pipeline.schedulers.airflow import dag_text

GRAPH = {"ExampleGen": [], "Trainer": ["ExampleGen"], "Pusher": ["ExampleGen", "Trainer"]}
PROJECT = Path("/srv/turn stile")


def text(config_file_name="configs/taxi.toml", data=None, turnstile=PROJECT / ".venv/bin/turnstile", **overrides):
    config = config_file.load("configs/taxi.toml", check_data=False, **overrides)
    return dag_text(config, GRAPH, config_file_name, data, PROJECT, turnstile)


def constants(source):
    """The file's plain values, by name."""
    found = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and not isinstance(statement.value, ast.JoinedStr):
            found[statement.targets[0].id] = ast.literal_eval(statement.value)
    return found


def keywords(source):
    """The arguments of DAG(...), as source."""
    call = next(
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and ast.unparse(node.func) == "DAG"
    )
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}


def test_the_graph_is_the_pipelines():
    assert constants(text())["GRAPH"] == GRAPH
    assert list(constants(text())["GRAPH"]) == list(GRAPH)


def test_it_imports_neither_tfx_nor_the_project():
    imported = {
        node.module.split(".")[0] for node in ast.walk(ast.parse(text())) if isinstance(node, ast.ImportFrom)
    } | {alias.name for node in ast.walk(ast.parse(text())) if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {"datetime", "airflow", "turnstile_airflow"}


def test_paths_are_in_one_place():
    found = constants(text(output="/var/runs", serving__dir="/srv/models"))
    assert (found["PROJECT"], found["TURNSTILE"]) == (str(PROJECT), ".venv/bin/turnstile")
    assert (found["OUTPUT_DIR"], found["SERVING_DIR"], found["DATA"]) == ("/var/runs", "/srv/models", None)
    assert constants(text(turnstile=Path("/opt/bin/turnstile")))["TURNSTILE"] == "/opt/bin/turnstile"


@pytest.mark.parametrize(
    "name", ['a "quoted" name.toml', "back\\slash.toml", "'''.toml", "line\nbreak.toml", "café 🚕.toml"]
)
def test_any_name_of_a_file_stays_as_it_is(name):
    assert constants(text(config_file_name=name, data=name))["CONFIG"] == name
    assert constants(text(config_file_name=name, data=name))["DATA"] == name


def test_without_a_schedule_a_run_starts_when_it_is_asked_for():
    assert keywords(text())["schedule"] == "None"
    assert keywords(text())["max_active_runs"] == "1"


def test_the_schedule_is_the_configs():
    schedule = {
        "cron": "0 4 * * *",
        "start": "2026-03-09",
        "catch_up": True,
        "retries": 5,
        "retry_seconds": 30,
        "stage_minutes": 45,
    }
    found = keywords(text(**{f"schedule__{key}": value for key, value in schedule.items()}))
    assert found["schedule"] == "CronDataIntervalTimetable('0 4 * * *', timezone='UTC')"
    assert (found["start_date"], found["catchup"]) == ("datetime(2026, 3, 9, tzinfo=UTC)", "True")
    assert "'retries': 5, 'retry_delay': timedelta(seconds=30)" in found["default_args"]
    assert "'execution_timeout': timedelta(minutes=45)" in found["default_args"]


def test_data_by_day_is_that_of_the_data_interval():
    by_day = {"data__path": "trips/{YYYY}-{MM}-{DD}.csv"}
    assert "data_interval_start | ds" in constants(text(schedule__cron="@daily", **by_day))["SPAN"]
    assert "data_interval" not in constants(text(**by_day))["SPAN"]  # without a schedule there is no interval
    assert "data_interval" not in constants(text(schedule__cron="@daily", data__path="trips/{SPAN}.csv"))["SPAN"]


def test_a_person_is_asked_where_the_config_requires_it():
    assert "approval" not in text()
    waits = text(release__approval="required")
    assert 'approval.set_upstream(tasks["Pusher"])' in waits
    assert 'set_downstream(ReleaseOperator(task_id="release", approval="approval"' in waits


@pytest.mark.parametrize(
    "schedule",
    [
        {},
        {"schedule__cron": "@daily", "data__path": "trips/{YYYY}-{MM}-{DD}.csv"},
        {"release__approval": "required"},
    ],
)
def test_it_is_in_the_house_format(tmp_path, schedule):
    (tmp_path / "taxi.py").write_text(text(**schedule))
    ruff = [sys.executable, "-m", "ruff"]
    settings = ["--config", "pyproject.toml"]
    for command in (["check", "--ignore", "INP"], ["format", "--check"]):
        subprocess.run([*ruff, *command, *settings, str(tmp_path / "taxi.py")], check=True)
