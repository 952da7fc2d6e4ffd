"""The tasks of a compiled DAG: each runs one `turnstile` command, and says why when it ends otherwise than well."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from abc import abstractmethod
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout

if TYPE_CHECKING:
    from airflow.sdk import Context

REASONS = "turnstile_reasons"  # the XCom from which turnstile_notes.py makes the run's note
REPORT = "turnstile_report"  # and the one that has the address of the run's report
_FINAL = {2, 10, 11}  # wrong usage, a model gate said no, a data gate said no: trying again changes nothing
_LINES_KEPT = 50  # of the output's end; a gate's reasons are far fewer
_LINES_OF_A_FAILURE = 5
_GRACE_SECONDS = 3  # from SIGTERM to SIGKILL; Airflow itself gives a task five


class TurnstileOperator(BaseOperator):
    """Runs a `turnstile` command in the project's folder, without a shell.

    Args:
        project: the project's folder; the command runs in it.
        turnstile: the command's path, from `project`.
        runs: the folder of the pipeline's runs, from `project`.
    """

    def __init__(self, *, project: str, turnstile: str, runs: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.turnstile = turnstile
        self.runs = runs
        self._process: subprocess.Popen[str] | None = None

    @abstractmethod
    def arguments(self, run_id: str) -> list[str]:
        """Returns the command's arguments for a run."""

    def ir_file(self, run_id: str) -> str:
        """Returns where the compiled pipeline of a run is, from `project`."""
        return f"{self.runs}/{run_id}/ir.json"

    def execute(self, context: Context) -> None:
        """Runs the command.

        Raises:
            AirflowFailException: a gate said no, or the command is wrong: no retry.
            AirflowException: it failed, or was killed: a retry, if there is one left.
        """
        try:
            code, last_lines = self._run(self.arguments(context["run_id"]))
        except AirflowTaskTimeout:  # Airflow calls on_kill next
            self.hand_over(context, f"took longer than {self.execution_timeout}")
            raise
        if code == 0:
            return
        why = explanation(code, last_lines)
        self.hand_over(context, why)
        raise (AirflowFailException if code in _FINAL else AirflowException)(why)

    def hand_over(self, context: Context, why: str) -> None:
        """Keeps why the task failed for the note of its run."""
        context["ti"].xcom_push(key=REASONS, value=why)

    def on_kill(self) -> None:
        """Ends the command and all that it started: Airflow's task is stopped, or took too long."""
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _run(self, arguments: list[str]) -> tuple[int, list[str]]:
        command = [str(Path(self.project, self.turnstile)), *arguments]
        self.log.info("Running %s", command)
        # setpriv: a task of Airflow's that is killed outright leaves no command behind to race with its next attempt.
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],
            cwd=self.project,
            env=_without_airflow(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # a process group of its own, for on_kill
        )
        last_lines: deque[str] = deque(maxlen=_LINES_KEPT)
        for line in self._process.stdout or ():
            last_lines.append(line.rstrip())
            self.log.info("%s", last_lines[-1])
        return self._process.wait(), list(last_lines)


class CompileOperator(TurnstileOperator):
    """Freezes what a run will do, so that its tasks agree even if the config changes while it goes on.

    Args:
        config: the TOML file; a template.
        data: what to read instead of the config's data.path, or ""; a template.
        span: which span of the data, or ""; a template.
        output_dir: the folder for artifacts, metadata and logs.
        serving_dir: the folder that TensorFlow Serving watches.
        graph: for each task of the DAG the tasks it waits for, by task id.
        reports: the address at which the reports of the runs are served; None if they are not.
    """

    custom_operator_name = "turnstile compile ir"  # what the graph shows below the task's id
    template_fields = ("config", "data", "span")

    def __init__(
        self,
        *,
        config: str,
        data: str,
        span: str,
        output_dir: str,
        serving_dir: str,
        graph: dict[str, list[str]],
        reports: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.config = config
        self.data = data
        self.span = span
        self.output_dir = output_dir
        self.serving_dir = serving_dir
        self.graph = graph
        self.reports = reports

    def arguments(self, run_id: str) -> list[str]:
        """Returns the arguments; one that is empty is left out."""
        options = {
            "--config": self.config,
            "--data": self.data,
            "--span": self.span,
            "--output": self.output_dir,
            "--serving-dir": self.serving_dir,
            "--out": self.ir_file(run_id),
        }
        # One word each: a value that begins with "-" is not taken for an option.
        return ["compile", "ir", *(f"{option}={value}" for option, value in options.items() if value)]

    def execute(self, context: Context) -> None:
        """Compiles the pipeline, and tells where the run's report will be.

        Raises:
            AirflowFailException: its stages are not those of this DAG.
        """
        super().execute(context)
        ir = Path(self.project, self.ir_file(context["run_id"]))
        graph = json.loads(ir.with_name(f"{ir.stem}.graph.json").read_text())
        if graph != self.graph:
            why = f"{self.config}: its stages are not those of this DAG. Make the DAG anew: turnstile compile airflow"
            self.hand_over(context, why)
            raise AirflowFailException(why)
        if self.reports:
            report = f"{self.reports}/runs/{quote(context['run_id'])}/report.html"
            context["ti"].xcom_push(key=REPORT, value=report)


class NodeOperator(TurnstileOperator):
    """Runs the node of the pipeline that has the task's id."""

    custom_operator_name = "turnstile node"

    def arguments(self, run_id: str) -> list[str]:
        """Returns the arguments."""
        return ["node", self.task_id, f"--run-id={run_id}", f"--ir={self.ir_file(run_id)}"]


def direct(graph: dict[str, list[str]]) -> dict[str, list[str]]:
    """Leaves out what follows from the rest, so that the picture of the DAG can be read.

    Args:
        graph: for each node the nodes it waits for, in topological order.
    """
    all_before: dict[str, set[str]] = {}
    for node, before in graph.items():
        all_before[node] = set(before).union(*(all_before[other] for other in before))
    return {node: [b for b in before if not any(b in all_before[o] for o in before)] for node, before in graph.items()}


def explanation(code: int, last_lines: list[str]) -> str:
    """Returns what a command's last lines say about why it ended with `code`; below zero, the signal that ended it."""
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    refused = [i for i, line in enumerate(last_lines) if line.startswith("Refused by ")]
    return "\n".join(last_lines[refused[-1] :] if refused else last_lines[-_LINES_OF_A_FAILURE:])


def _without_airflow(environment: Any) -> dict[str, str]:
    """The environment less Airflow's settings: its database's password is no business of a model's code."""
    return {name: value for name, value in environment.items() if not name.startswith("AIRFLOW")}
