"""A real Airflow in a folder of its own, started as `make airflow` starts it, and asked by its REST API."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import psutil

START = Path("deploy/airflow/start")
_SECONDS_TO_START = 180
_SECONDS_A_RUN = 600
_SECONDS_TO_STOP = 120  # a task that is running notices within a minute


class AirflowServer:
    """Airflow's API server, scheduler and DAG processor.

    Args:
        folder: where its home and its DAG files are.
        settings: environment variables beside those of this process.
    """

    def __init__(self, folder: Path, **settings: str):
        self.dags = folder / "dags"
        self.home = folder / "home"
        self.log = folder / "airflow.log"
        self.dags.mkdir(parents=True)
        self.port = _free_port()
        self._settings = {
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW_DAGS": str(self.dags),
            "AIRFLOW_PORT": str(self.port),
            **settings,
        }
        self._token = ""

    def __enter__(self) -> AirflowServer:
        # Whoever runs the tests in the background may have had Ctrl-C ignored for all that they start.
        command = ["env", "--default-signal=INT", str(START)]
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                command, env=os.environ | self._settings, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _wait_for(self._answers, _SECONDS_TO_START, f"Airflow did not start: {self.log}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stops it as Ctrl-C in a terminal does."""
        processes = self.processes()
        self._process.send_signal(signal.SIGINT)
        _, left = psutil.wait_procs(processes, _SECONDS_TO_STOP)
        for process in left:
            process.kill()
        assert left == [], f"Airflow did not stop: {self.log}"

    def processes(self) -> list[psutil.Process]:
        """All that it has started."""
        start = psutil.Process(self._process.pid)
        return [start, *start.children(recursive=True)]

    @property
    def passwords(self) -> Path:
        """The file with the generated password."""
        return self.home / "simple_auth_manager_passwords.json.generated"

    def log_in(self, password: str | None = None) -> str:
        """Returns a token."""
        password = password or json.loads(self.passwords.read_text())["admin"]
        return self.ask("POST", "/auth/token", {"username": "admin", "password": password})["access_token"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Sends a request; returns the answer's JSON."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def add(self, name: str, text: str) -> None:
        """Adds a DAG file; returns when its DAG is there, and not paused."""
        (self.dags / f"{name}.py").write_text(text)
        _wait_for(lambda: self._there(name), _SECONDS_TO_START, f"{name} did not appear: {self.log}")
        self.ask("PATCH", f"/api/v2/dags/{name}", {"is_paused": False})

    def start(self, dag: str, **conf: str) -> Run:
        """Triggers a run, with `conf` for its params."""
        body = {"logical_date": None, "conf": conf}
        return Run(self, dag, self.ask("POST", f"/api/v2/dags/{dag}/dagRuns", body)["dag_run_id"])

    def run(self, dag: str, **conf: str) -> Run:
        """Triggers a run and waits for its end."""
        run = self.start(dag, **conf)
        _wait_for(lambda: run.state not in ("queued", "running"), _SECONDS_A_RUN, f"{run.id} did not end: {self.log}")
        return run

    def scheduled(self, dag: str) -> Run:
        """Waits for the first run that the scheduler has made by itself."""
        runs: list[dict] = []

        def there() -> bool:
            runs[:] = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns?run_type=scheduled")["dag_runs"]
            return bool(runs)

        _wait_for(there, _SECONDS_TO_START, f"no run of {dag} was scheduled: {self.log}")
        return Run(self, dag, runs[0]["dag_run_id"])

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(self.log.read_text()[-3000:])
        try:
            self._token = self.log_in()
            health = self.ask("GET", "/api/v2/monitor/health")
        except (OSError, ValueError, KeyError):
            return False
        return all(part["status"] == "healthy" for part in health.values())

    def _there(self, dag: str) -> bool:
        broken = self.ask("GET", "/api/v2/importErrors")["import_errors"]
        assert broken == []
        try:
            self.ask("GET", f"/api/v2/dags/{dag}")
        except urllib.error.HTTPError as error:
            assert error.code == 404
            return False
        return True


class Run:
    """A run of a DAG."""

    def __init__(self, server: AirflowServer, dag: str, id_: str):
        self._server = server
        self.id = id_
        self._path = f"/api/v2/dags/{dag}/dagRuns/{urllib.parse.quote(id_)}"

    @property
    def state(self) -> str:
        return self._server.ask("GET", self._path)["state"]

    @property
    def note(self) -> str | None:
        return self._server.ask("GET", self._path)["note"]

    def tasks(self) -> dict[str, tuple[str, int]]:
        """The state of each task, and how many times it was tried."""
        found = self._server.ask("GET", f"{self._path}/taskInstances")["task_instances"]
        return {task["task_id"]: (task["state"], task["try_number"]) for task in found}

    def log(self, task: str, attempt: int = 1) -> list[dict]:
        """The entries of a task's log."""
        return self._server.ask("GET", f"{self._path}/taskInstances/{task}/logs/{attempt}")["content"]

    def lines(self, task: str, attempt: int = 1) -> list[str]:
        """What the task's command has printed, below how it was called."""
        return [entry["event"] for entry in self.log(task, attempt) if "turnstile_airflow" in entry.get("logger", "")]

    def wait_for(self, task: str, state: str) -> None:
        """Waits until a task is in a state."""
        message = f"{task} was never {state}"
        _wait_for(lambda: (self.tasks()[task][0]) == state, _SECONDS_A_RUN, message)

    def question(self, task: str) -> dict:
        """What a task asks of a person."""
        return self._server.ask("GET", f"{self._path}/taskInstances/{task}/-1/hitlDetails")

    def answer(self, task: str, option: str, **words: str) -> None:
        """Answers it as the form of the UI does, and again if it is asked again, until the task succeeds.

        Airflow loses an answer that comes before its scheduler has noted the end of the task's process: it takes that
        process for the one that resumes the task, and asks again. A person is seldom that quick, a busy machine slow.
        """
        path = f"{self._path}/taskInstances/{task}/-1/hitlDetails"
        body = {"chosen_options": [option], "params_input": words}

        def taken() -> bool:
            state, _ = self.tasks()[task]
            if state == "awaiting_input" and not self.question(task)["response_received"]:
                self._server.ask("PATCH", path, body)
            return state == "success"

        _wait_for(taken, _SECONDS_A_RUN, f"{task} took no answer")

    def stop(self) -> None:
        """Marks the run as failed, as a button of the UI does."""
        self._server.ask("PATCH", self._path, {"state": "failed"})

    def wait_until_gone(self) -> None:
        """Waits until no command of the run is running."""
        _wait_for(lambda: not self._commands(), _SECONDS_TO_STOP, f"a command of {self.id} did not stop")

    def _commands(self) -> list[int]:
        found = psutil.process_iter(["cmdline"])
        return [process.pid for process in found if f"--run-id={self.id}" in (process.info["cmdline"] or [])]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait_for(done: Any, seconds: float, message: str) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, message
        time.sleep(1)
