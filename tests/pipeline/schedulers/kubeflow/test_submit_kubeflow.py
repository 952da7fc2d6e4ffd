"""`turnstile submit kubeflow`: what the server receives, what the user sees, and every way it can go wrong."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import kfp
import pytest
import yaml
from click.testing import CliRunner

from pipeline.commands.main import main
from tests.kfp_server import Kubeflow, serving

ROOT = Path(__file__).parents[4]
TURNSTILE = Path(sys.executable).parent / "turnstile"
TOKEN = "a-token-that-nobody-may-see"
PARAMETERS = {
    "data": {"parameterType": "STRING", "defaultValue": "data/taxi/trips.csv"},
    "auc_min": {"parameterType": "NUMBER_DOUBLE", "defaultValue": 0.93},
    "epochs": {"parameterType": "NUMBER_INTEGER", "defaultValue": 6.0},
    "strict": {"parameterType": "BOOLEAN", "defaultValue": False},
}
SUCCEEDS = [
    ("PENDING", {}),
    ("RUNNING", {"Trainer": "RUNNING"}),
    ("RUNNING", {"Trainer": "RUNNING"}),
    ("SUCCEEDED", {"Trainer": "SUCCEEDED", "Pusher": "SUCCEEDED"}),
]
FAILS = [("RUNNING", {"Trainer": "RUNNING"}), ("FAILED", {"Trainer": "FAILED", "Pusher": "SKIPPED"})]


def spec(**changes):
    task = {"componentRef": {"name": "c"}, "taskInfo": {"name": "t"}}
    container = {"image": "i", "command": ["python"]}
    return {
        "pipelineInfo": {"name": "taxi"},
        "schemaVersion": "2.1.0",
        "deploymentSpec": {"executors": {"e": {"container": container}}},
        "components": {"c": {"executorLabel": "e"}},
        "root": {"inputDefinitions": {"parameters": PARAMETERS}, "dag": {"tasks": {"Trainer": task, "Pusher": task}}},
    } | changes


PLATFORM = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": {"e": {"activeDeadlineSeconds": "60"}}}}}}


@pytest.fixture
def package(tmp_path):
    return write(tmp_path / "taxi.yaml", spec(), PLATFORM)


def write(file, *documents):
    file.write_text(yaml.safe_dump_all(documents))
    return file


@pytest.fixture
def kubeflow():
    with serving(Kubeflow()) as server:
        yield server


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def submit(server, file, *options, env=None):
    """Runs the command in this process: each start of one would import kfp anew."""
    file = [str(file)] if file else []
    words = ["submit", "kubeflow", *file, "--host", getattr(server, "url", server), "--poll", "0.05", *options]
    result = CliRunner().invoke(main, words, env=env, catch_exceptions=False)
    return Done(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(autouse=True)
def nothing_of_kfps_own(monkeypatch, tmp_path):
    """Neither its variables nor its context file."""
    for name in [name for name in os.environ if name.startswith("KF_PIPELINES")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(kfp.Client, "_LOCAL_KFP_CONTEXT", str(tmp_path / "context.json"))


def test_a_run_is_created_and_its_link_printed(kubeflow, package):
    done = submit(kubeflow, package)
    (run,), (experiment,) = kubeflow.runs, kubeflow.experiments
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{kubeflow.url}/#/runs/details/{run['run_id']}\n"
    assert run["experiment_id"] == experiment["experiment_id"]
    assert experiment["display_name"] == "taxi"
    assert run["display_name"].startswith("taxi 20")
    assert run["pipeline_spec"]["pipeline_spec"]["pipelineInfo"] == {"name": "taxi"}
    assert run["pipeline_spec"]["platform_spec"] == PLATFORM


def test_parameters_are_sent_as_what_they_are_declared(kubeflow, package):
    options = (
        "--param",
        "data=gs://b/a=b.csv",
        "--param",
        "auc_min=0.95",
        "--param",
        "epochs=3",
        "--param",
        "strict=True",
    )
    assert submit(kubeflow, package, *options).returncode == 0
    sent = kubeflow.runs[0]["runtime_config"]["parameters"]
    assert sent == {"data": "gs://b/a=b.csv", "auc_min": 0.95, "epochs": 3, "strict": True}
    assert sent["strict"] is True


def test_an_experiment_is_used_again(kubeflow, package):
    for _ in range(2):
        assert submit(kubeflow, package, "--experiment", "nightly").returncode == 0
    assert [e["display_name"] for e in kubeflow.experiments] == ["nightly"]
    assert {run["experiment_id"] for run in kubeflow.runs} == {kubeflow.experiments[0]["experiment_id"]}


def test_without_a_file_it_is_the_one_that_compile_writes_by_default(kubeflow, tmp_path):
    own = config(tmp_path, "", output=tmp_path / "o")
    done = submit(kubeflow, None, "--config", own)
    assert done.returncode == 2
    assert f"{tmp_path}/o/small/kubeflow.yaml: cannot be read" in done.stderr
    (tmp_path / "o/small").mkdir(parents=True)
    write(tmp_path / "o/small/kubeflow.yaml", spec(), PLATFORM)
    assert submit(kubeflow, None, "--config", own).returncode == 0
    assert len(kubeflow.runs) == 1


def test_json_is_one_object(kubeflow, package):
    done = submit(kubeflow, package, "--json")
    (run,) = kubeflow.runs
    assert json.loads(done.stdout) == {
        "run_id": run["run_id"],
        "experiment_id": run["experiment_id"],
        "url": f"{kubeflow.url}/#/runs/details/{run['run_id']}",
    }


def test_waiting_shows_each_change_of_a_task_and_ends_with_the_run(kubeflow, package):
    kubeflow.script = list(SUCCEEDS)
    done = submit(kubeflow, package, "--wait")
    assert done.returncode == 0
    assert [line.split() for line in done.stderr.splitlines()] == [
        ["Trainer", "running"],
        ["Trainer", "succeeded"],
        ["Pusher", "succeeded"],
    ]
    assert len(done.stdout.splitlines()) == 1


def test_a_failed_run_is_exit_code_1_and_says_which_task(kubeflow, package):
    kubeflow.script = list(FAILS)
    done = submit(kubeflow, package, "--wait")
    assert done.returncode == 1
    assert (
        done.stderr.splitlines()[-1]
        == f"turnstile: the run failed in Trainer, whose log says why: {done.stdout.strip()}"
    )


def test_a_failed_run_in_json(kubeflow, package):
    kubeflow.script = list(FAILS)
    done = submit(kubeflow, package, "--wait", "--json")
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert (result["state"], result["failed"], result["run_id"]) == ("FAILED", ["Trainer"], kubeflow.runs[0]["run_id"])


@pytest.mark.parametrize("state", ["CANCELED", "SKIPPED"])
def test_a_run_that_somebody_ended_is_not_waited_for_any_longer(kubeflow, package, state):
    kubeflow.script = [(state, {"Trainer": "SUCCEEDED"})]
    done = submit(kubeflow, package, "--wait")
    assert done.returncode == 1
    assert f"the run {state.lower()}: " in done.stderr


def test_waiting_ends_after_its_timeout_and_says_that_the_run_goes_on(kubeflow, package):
    kubeflow.script = [("RUNNING", {"Trainer": "RUNNING"})]
    done = submit(kubeflow, package, "--wait", "--timeout", "0.3")
    assert done.returncode == 1
    assert f"the run has not ended after 0.3 s, and goes on: {done.stdout.strip()}" in done.stderr


def test_waiting_outlasts_a_server_that_is_away_for_a_moment(kubeflow, package):
    kubeflow.script = list(SUCCEEDS)
    kubeflow.busy = 4
    assert submit(kubeflow, package, "--wait").returncode == 0


def test_waiting_does_not_outlast_one_that_stays_away(kubeflow, package):
    kubeflow.script = list(SUCCEEDS)
    kubeflow.busy = 5
    done = submit(kubeflow, package, "--wait")
    assert done.returncode == 1
    assert "503" in done.stderr
    assert f"The run goes on: {done.stdout.strip()}" in done.stderr


def test_a_five_field_cron_becomes_a_recurring_run_at_second_0(kubeflow, package):
    done = submit(kubeflow, package, "--cron", "0 3 * * *", "--param", "epochs=2")
    assert done.returncode == 0
    (recurring,) = kubeflow.recurring_runs
    assert recurring["trigger"] == {"cron_schedule": {"cron": "0 0 3 * * *"}}
    assert (recurring["mode"], recurring["no_catchup"], recurring["max_concurrency"]) == ("ENABLE", True, 1)
    assert recurring["runtime_config"]["parameters"] == {"epochs": 2}
    assert recurring["experiment_id"] == kubeflow.experiments[0]["experiment_id"]
    assert done.stdout == f"{kubeflow.url}/#/recurringrun/details/{recurring['recurring_run_id']}\n"
    assert done.stderr == 'KFP counts seconds too: "0 3 * * *" becomes "0 0 3 * * *"\n'
    assert kubeflow.runs == []


@pytest.mark.parametrize("cron", ["30 0 3 * * 1-5", "@daily"])
def test_a_cron_in_kfps_own_form_stays_as_it_is(kubeflow, package, cron):
    done = submit(kubeflow, package, "--cron", cron, "--json")
    result = json.loads(done.stdout)
    assert (result["cron"], done.stderr) == (cron, "")
    assert result["recurring_run_id"] == kubeflow.recurring_runs[0]["recurring_run_id"]


def config(folder, schedule, output="output"):
    text = (ROOT / "configs/small.toml").read_text()
    (folder / "own.toml").write_text(f'output = "{output}"\n{text}\n[schedule]\n{schedule}\n')
    return str(folder / "own.toml")


def test_the_cron_of_the_config(kubeflow, package, tmp_path):
    own = config(tmp_path, 'cron = "15 4 * * *"\nstart = 2026-02-01\ncatch_up = true')
    assert submit(kubeflow, package, "--cron", "config", "--config", own).returncode == 0
    (recurring,) = kubeflow.recurring_runs
    assert recurring["trigger"] == {"cron_schedule": {"cron": "0 15 4 * * *", "start_time": "2026-02-01T00:00:00Z"}}
    assert recurring["no_catchup"] is False


def test_a_config_without_a_cron(kubeflow, package, tmp_path):
    done = submit(kubeflow, package, "--cron", "config", "--config", config(tmp_path, "retries = 1"))
    assert done.returncode == 2
    assert "own.toml has no schedule.cron" in done.stderr


@pytest.mark.parametrize(
    ("cron", "message"),
    [
        ("3 * *", "expected five fields"),
        ("daily", "expected five fields"),
        ("1 2 3 4 5 6 7", "expected five fields"),
        ("@noon", "expected one of @hourly, @daily"),
        ("61 3 * * *", "minute '61': expected *, 0 to 59"),
        ("0 0 24 * * *", "hour '24': expected *, 0 to 23"),
    ],
)
def test_what_is_no_cron_is_refused_before_anything_is_sent(kubeflow, package, cron, message):
    done = submit(kubeflow, package, "--cron", cron)
    assert done.returncode == 2
    assert f"--cron: '{cron}': {message}" in done.stderr
    assert kubeflow.experiments == []


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("auc_mim=1", "has no parameter 'auc_mim'. Did you mean 'auc_min'? It has: auc_min, data, epochs, strict"),
        ("auc_min", "expected name=value, got 'auc_min'"),
        ("auc_min=high", "auc_min: expected a number, got 'high'"),
        ("epochs=1.5", "epochs: expected a whole number, got '1.5'"),
        ("strict=yes", "strict: expected true or false, got 'yes'"),
    ],
)
def test_a_wrong_parameter(kubeflow, package, parameter, message):
    done = submit(kubeflow, package, "--param", parameter)
    assert done.returncode == 2
    assert message in done.stderr
    assert kubeflow.experiments == []


def test_a_parameter_without_a_default_is_asked_for(kubeflow, tmp_path):
    needed = {"day": {"parameterType": "STRING"}}
    root = spec()["root"] | {"inputDefinitions": {"parameters": needed}}
    file = write(tmp_path / "taxi.yaml", spec(root=root))
    done = submit(kubeflow, file)
    assert (done.returncode, "give --param day=VALUE" in done.stderr) == (2, True)
    assert submit(kubeflow, file, "--param", "day=2026-01-01").returncode == 0


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (None, "taxi.yaml", "cannot be read (No such file or directory)"),
        ("a: [", "taxi.yaml", "is not a compiled pipeline"),
        ("", "taxi.yaml", "is not a compiled pipeline"),
        ("- 1", "taxi.yaml", "is not a compiled pipeline"),
        ("apiVersion: v1\nkind: Pod", "taxi.yaml", "is not a compiled pipeline"),
        ("pipelineInfo: {name: taxi}", "taxi.yaml", "it has no name, or no tasks"),
        ("{}", "taxi.json", "takes only .yaml files"),
    ],
)
def test_a_file_that_is_no_pipeline(kubeflow, tmp_path, text, name, message):
    if text is not None:
        (tmp_path / name).write_text(text)
    done = submit(kubeflow, tmp_path / name)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Make one with: turnstile compile kubeflow" in done.stderr


def test_nobody_listens(package):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = submit(f"http://127.0.0.1:{taken.getsockname()[1]}", package)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "Connection refused" in done.stderr
    assert "kubectl port-forward" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, "<html>sign in</html>", "answers, but not as Kubeflow Pipelines does"),
        (200, "[]", "answers, but not as Kubeflow Pipelines does"),
        (404, "<html>not here</html>", "has no Kubeflow Pipelines v2 API at this address"),
    ],
)
def test_somebody_else_answers(kubeflow, package, status, body, message):
    kubeflow.answers = [(status, "text/html", body)] * 2
    done = submit(kubeflow, package)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_server_that_cannot_do_it_now_is_worth_another_try(kubeflow, package):
    kubeflow.answers = [(503, "text/plain", "upstream connect error")] * 2
    done = submit(kubeflow, package)
    assert done.returncode == 1
    assert "the server failed (503" in done.stderr


def test_a_token_is_sent_and_never_shown(package):
    with serving(Kubeflow(token=TOKEN)) as server:
        done = submit(server, package, "--token-env", "MY_TOKEN", env={"MY_TOKEN": f"{TOKEN}\n"})
        assert done.returncode == 0
        assert len(server.runs) == 1
        wrong = submit(server, package, "--token-env", "MY_TOKEN", env={"MY_TOKEN": TOKEN.upper()})
    assert wrong.returncode == 2
    assert "does not accept who asks (403)" in wrong.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert TOKEN.upper() not in wrong.stdout + wrong.stderr


@pytest.mark.parametrize("value", [None, ""])
def test_a_token_that_is_not_there(kubeflow, package, value):
    done = submit(kubeflow, package, "--token-env", "MY_TOKEN", env={} if value is None else {"MY_TOKEN": value})
    assert done.returncode == 2
    assert "the environment variable 'MY_TOKEN' is not set, or is empty" in done.stderr


def test_an_installation_that_keeps_users_apart_wants_a_namespace(package):
    with serving(Kubeflow(multi_user=True)) as server:
        done = submit(server, package)
        assert done.returncode == 2
        assert "name yours with --namespace" in done.stderr
        assert submit(server, package, "--namespace", "ann").returncode == 0
    assert [e["namespace"] for e in server.experiments] == ["ann"]


def test_what_the_server_refuses_is_said_in_its_words(kubeflow, tmp_path):
    done = submit(kubeflow, write(tmp_path / "taxi.yaml", spec(schemaVersion="2.0.0")))
    assert done.returncode == 2
    assert "refused the request (400: Invalid input error: schema version 2.0.0 is not supported)" in done.stderr


@pytest.mark.parametrize(
    ("host", "options", "message"),
    [
        ("localhost:8080", (), "--host: expected a URL, such as http://localhost:8080, got 'localhost:8080'"),
        ("http://ann:secret@localhost:8080", (), "the URL holds a name or a password"),
        ("http://localhost", ("--cron", "@daily", "--wait"), "--wait and --cron exclude each other"),
        ("http://localhost", ("--timeout", "3"), "--timeout limits --wait"),
    ],
)
def test_what_cannot_be_meant(package, host, options, message):
    done = submit(host, package, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert "secret" not in done.stderr


def test_as_a_process_with_the_host_in_kfps_own_variable(kubeflow, package):
    kubeflow.script = list(FAILS)
    done = subprocess.run(
        [TURNSTILE, "submit", "kubeflow", package, "--wait", "--poll", "0.05", "--json"],
        cwd=ROOT,
        env={**os.environ, "HOME": str(package.parent), "KF_PIPELINES_ENDPOINT": kubeflow.url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["run_id"] == kubeflow.runs[0]["run_id"]
    assert len(done.stderr.splitlines()) == 4  # what the tasks came to, and what the run did


def test_an_error_in_json(package):
    done = subprocess.run(
        [TURNSTILE, "submit", "kubeflow", package, "--host", "nowhere", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (2, 2)
