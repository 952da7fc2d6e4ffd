"""The last two tasks of a DAG whose versions wait for approval: one asks a person, one does what the person said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from turnstile_airflow import TurnstileOperator, explanation

if TYPE_CHECKING:
    from airflow.sdk import Context

WAITS = "waits for approval"  # as `turnstile models` has it
VERSION = "turnstile_version"  # the XCom that keeps which version was asked about
_COMMANDS = {"Approve": "approve", "Reject": "reject"}


class ApprovalOperator(TurnstileOperator, HITLOperator):
    """Asks a person about the newest version that waits for approval; until there is an answer, no worker is in use.

    Without such a version it is skipped, and so is what comes after it.

    Args:
        config: the TOML file; a template.
        serving_dir: the folder that TensorFlow Serving watches.
    """

    custom_operator_name = "a person"
    template_fields = ("config",)

    def __init__(self, *, config: str, serving_dir: str, **kwargs: Any) -> None:
        why = Param("", type="string", description="Your reason, which goes into the audit log")
        question = {"subject": "Release the version that waits?", "options": list(_COMMANDS), "params": {"why": why}}
        super().__init__(**{**kwargs, **question, "execution_timeout": None})  # people sleep
        self.config = config
        self.serving_dir = serving_dir

    def arguments(self, run_id: str) -> list[str]:
        """Returns the arguments of the command that lists the versions."""
        return ["models", f"--config={self.config}", f"--serving-dir={self.serving_dir}", "--json"]

    def execute(self, context: Context) -> None:
        """Asks, and leaves the worker.

        Raises:
            AirflowSkipException: no version waits.
            AirflowFailException: the versions cannot be listed.
        """
        code, lines = self._run(self.arguments(context["run_id"]))
        if code:
            raise AirflowFailException(explanation(code, lines))
        versions = json.loads(lines[-1])["versions"]
        waiting = [version for version in versions if version["state"] == WAITS]  # newest first
        if not waiting:
            raise AirflowSkipException("no version waits for approval")
        context["ti"].xcom_push(key=VERSION, value=waiting[0]["version"])
        self.subject = f"Release version {waiting[0]['version']}?"
        self.body = about(waiting[0])
        HITLOperator.execute(self, context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> list[str]:
        """Returns what the person said, as arguments of `turnstile`.

        Raises:
            AirflowException: there is no reason in it: with a retry left, the person is asked again.
        """
        answer = HITLOperator.execute_complete(self, context, event)
        why = (answer["params_input"].get("why") or "").strip()
        if not why:
            raise AirflowException("the answer has no reason")
        version = context["ti"].xcom_pull(task_ids=self.task_id, key=VERSION)
        command = _COMMANDS[answer["chosen_options"][0]]
        # One word each: a value that begins with "-" is not taken for an option.
        return [command, str(version), f"--why={why}", f"--by={answer['responded_by_user']['name']}"]


class ReleaseOperator(TurnstileOperator):
    """Does what a person has said to an ApprovalOperator.

    Args:
        config: the TOML file; a template.
        serving_dir: the folder that TensorFlow Serving watches.
        approval: the id of the task that asked.
    """

    custom_operator_name = "turnstile approve, or reject"
    template_fields = ("config",)

    def __init__(self, *, config: str, serving_dir: str, approval: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.config = config
        self.serving_dir = serving_dir
        self.approval = approval
        self._said: list[str] = []

    def arguments(self, run_id: str) -> list[str]:
        """Returns the arguments."""
        return [*self._said, f"--config={self.config}", f"--serving-dir={self.serving_dir}"]

    def execute(self, context: Context) -> None:
        """Approves or rejects; errors as in TurnstileOperator.execute."""
        self._said = context["ti"].xcom_pull(task_ids=self.approval)
        super().execute(context)


def about(version: dict[str, Any]) -> str:
    """Returns the metrics of a version in Markdown, beside those of the version that serves."""
    baseline = version.get("baseline") or {}
    rows = [
        f"| {name} | {_number(value)} | {_number(baseline.get(name))} |"
        for name, value in (version.get("metrics") or {}).items()
    ]
    return "\n".join(["| metric | this version | the one that serves |", "| --- | ---: | ---: |", *rows])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}" if value % 1 else f"{value:,.0f}"
