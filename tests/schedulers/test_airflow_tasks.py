"""The tasks of a DAG, run in Airflow's environment without its services: what is ended, what is kept from a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.e2e import test_feature_kinds as kinds

AIRFLOW = ".venv-airflow/bin/python"
PLUGINS = Path("deploy/airflow/plugins")

# Runs a task of Airflow's as a process of its own; prints how it ended, and what it handed over.
TASK = """
import json, signal, sys
from unittest.mock import Mock
from turnstile_airflow import NodeOperator

class Task(NodeOperator):
    log = Mock(info=lambda form, *values: print(form % values, file=sys.stderr, flush=True))

task = Task(task_id="Trainer", project={project!r}, turnstile="command", runs="runs")
signal.signal(signal.SIGTERM, lambda *_: task.on_kill())
instance = Mock()
try:
    Task.execute.__wrapped__(task, {{"run_id": "a run", "ti": instance}})
    ended = "well"
except Exception as error:
    ended = type(error).__name__
print(json.dumps([ended, instance.xcom_push.call_args and instance.xcom_push.call_args.kwargs["value"]]))
"""

# Prints what a task that asks a person makes of answers.
ANSWER = """
import json
from unittest.mock import Mock
from turnstile_approval import ApprovalOperator, about

task = ApprovalOperator(task_id="approval", config="c", serving_dir="s", project="p", turnstile="t", runs="r")
for why in ("odd", " "):
    event = {"chosen_options": ["Reject"], "params_input": {"why": why}, "responded_by_user": {"name": "ada"}}
    try:
        context = {"ti": Mock(xcom_pull=lambda **_: 7)}
        print(json.dumps(task.execute_complete(context, event | {"responded_at": Mock()})))
    except Exception as error:
        print(json.dumps([type(error).__name__]))
"""

# Imports a DAG file, and prints its tasks with those that each waits for.
IMPORT = """
import json, runpy, sys
tasks = runpy.run_path(sys.argv[1])["tasks"]
print(json.dumps({name: sorted(task.upstream_task_ids) for name, task in tasks.items()}))
"""


def start(folder: Path, command: str, **environment: str) -> subprocess.Popen:
    (folder / "command").write_text(f"#!/bin/sh\n{command}\n")
    (folder / "command").chmod(0o755)
    settings = os.environ | {"PYTHONPATH": str(PLUGINS), "AIRFLOW_HOME": str(folder / "home")} | environment
    script = TASK.format(project=str(folder))
    return subprocess.Popen(
        [AIRFLOW, "-c", script], env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def outcome(task: subprocess.Popen) -> tuple[str, str | None, str]:
    """How the task ended, why, and its log."""
    out, log = task.communicate(timeout=60)
    assert task.returncode == 0, log
    ended, why = json.loads(out.splitlines()[-1])
    return ended, why, log


def started(file: Path) -> list[psutil.Process]:
    """The processes whose ids a command writes into a file, when it has."""
    end = time.monotonic() + 60
    while not file.exists() or not file.read_text().endswith("\n"):
        assert time.monotonic() < end
        time.sleep(0.1)
    return [psutil.Process(int(pid)) for pid in file.read_text().split()]


def test_what_a_command_prints_is_in_the_log_as_it_comes(tmp_path):
    task = start(tmp_path, 'echo first; echo "second $*" >&2; while [ ! -e go ]; do sleep 0.1; done')
    seen = ""
    while "second" not in seen:
        line = task.stderr.readline()
        assert line, seen
        seen += line
    (tmp_path / "go").touch()
    assert seen.endswith("first\nsecond node Trainer --run-id=a run --ir=runs/a run/ir.json\n")
    assert outcome(task)[0] == "well"


def test_a_refusal_is_not_tried_again_and_hands_over_the_reasons(tmp_path):
    for code in (10, 11):
        command = f"echo a line before; echo Refused by DataGate.; echo '  - because'; exit {code}"
        ended, why, _ = outcome(start(tmp_path, command))
        assert (ended, why) == ("AirflowFailException", "Refused by DataGate.\n  - because")
    assert outcome(start(tmp_path, "echo wrong usage; exit 2"))[:2] == ("AirflowFailException", "wrong usage")


def test_a_failure_is_tried_again(tmp_path):
    ended, why, log = outcome(start(tmp_path, "seq 100; exit 1"))
    assert (ended, why) == ("AirflowException", "96\n97\n98\n99\n100")
    assert "\n1\n2\n3\n" in log
    assert outcome(start(tmp_path, "kill -KILL $$"))[:2] == ("AirflowException", "ended by SIGKILL")


def test_a_task_that_is_stopped_ends_all_that_its_command_has_started(tmp_path):
    # The command ignores SIGTERM, as one in the middle of C++ code does.
    task = start(tmp_path, "trap '' TERM; sleep 100 & echo $$ $! > pids; sleep 100; sleep 100")
    processes = started(tmp_path / "pids")
    task.terminate()
    assert outcome(task)[:2] == ("AirflowException", "ended by SIGKILL")
    assert psutil.wait_procs(processes, 10)[1] == []


def test_a_task_that_is_killed_leaves_no_command_behind(tmp_path):
    task = start(tmp_path, "echo $$ > pids; exec sleep 100")
    processes = started(tmp_path / "pids")
    task.kill()
    task.communicate()
    assert psutil.wait_procs(processes, 10)[1] == []


def test_the_settings_of_airflow_stay_with_airflow(tmp_path):
    secret = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////tmp/secret.db", "OTHER": "kept"}
    _, _, log = outcome(start(tmp_path, "env", **secret))
    assert "OTHER=kept" in log
    assert "AIRFLOW" not in log.split("\n", 1)[1]


def test_the_picture_of_the_dag_has_no_edge_that_follows_from_others():
    graph = {"A": [], "B": ["A"], "C": ["A", "B"], "D": ["A"], "E": ["A", "C", "D"], "F": []}
    script = f"import json, turnstile_airflow; print(json.dumps(turnstile_airflow.direct({graph!r})))"
    settings = os.environ | {"PYTHONPATH": str(PLUGINS)}
    found = subprocess.run([AIRFLOW, "-c", script], env=settings, capture_output=True, text=True, check=True)
    assert json.loads(found.stdout.splitlines()[-1]) == {
        "A": [], "B": ["A"], "C": ["B"], "D": ["A"], "E": ["C", "D"], "F": []
    }  # fmt: skip


def test_a_person_who_rejects_says_why(tmp_path):
    settings = os.environ | {"PYTHONPATH": str(PLUGINS), "AIRFLOW_HOME": str(tmp_path / "home")}
    found = subprocess.run([AIRFLOW, "-c", ANSWER], env=settings, capture_output=True, text=True, timeout=60)
    assert [json.loads(line) for line in found.stdout.splitlines()[-2:]] == [
        ["reject", "7", "--why=odd", "--by=ada"],
        ["AirflowException"],
    ], found.stderr


def test_the_dag_of_a_config_with_every_kind_of_feature_is_imported(tmp_path):
    config, dag = tmp_path / "größe (1).toml", tmp_path / "dag.py"
    config.write_text(kinds.CONFIG.format(data=kinds.written(kinds.rows(50), tmp_path)[0]))
    command = [Path(sys.executable).with_name("turnstile"), "compile", "airflow", "--config", config, "--out", dag]
    subprocess.run([*command, "--output", tmp_path], check=True, timeout=120)
    settings = os.environ | {"PYTHONPATH": str(PLUGINS), "AIRFLOW_HOME": str(tmp_path / "home")}
    done = subprocess.run([AIRFLOW, "-c", IMPORT, dag], env=settings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    tasks = json.loads(done.stdout.splitlines()[-1])
    assert "DataGate" in tasks["Transform"]
