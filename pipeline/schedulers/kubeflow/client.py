"""Hands a compiled pipeline to Kubeflow Pipelines, and follows the run that comes of it."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import kfp
import kfp_server_api
import urllib3

from pipeline.schedulers.kubeflow.package import Package
from turnstile import cron
from turnstile.errors import TurnstileError, UsageError

_ENDED = ("SUCCEEDED", "FAILED", "SKIPPED", "CANCELED")
_TIMEOUT = (5, 30)  # seconds, for the first request: to connect, and to be answered
_MISSES = 5  # looks in a row that may find no server before following a run is given up


class UnreachableError(TurnstileError):
    """The server does not answer, or not now."""


@dataclass(frozen=True)
class Submitted:
    """A run, or a recurring run, that the server has accepted."""

    id: str
    experiment_id: str
    url: str


@dataclass(frozen=True)
class Ended:
    """How a run ended: its state, and the tasks that failed."""

    state: str
    failed: tuple[str, ...]


class Server:
    """A Kubeflow Pipelines installation that has answered."""

    def __init__(self, host: str, namespace: str | None = None, token: str | None = None) -> None:
        """Connects.

        Args:
            host: the URL of its API or of its user interface.
            namespace: the user's, where the installation keeps users apart.
            token: a bearer token; without one, what kfp finds in its own variables and context file.

        Raises:
            UnreachableError: nobody answers.
            UsageError: somebody else answers, or wants to know who asks.
        """
        logging.getLogger("urllib3").setLevel(logging.ERROR)  # it would warn of each attempt; the last one is enough
        self.host = host.rstrip("/")
        with _in_words(self.host), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            self._client = _Client(self.host, namespace=namespace or "kubeflow", existing_token=token)
            health = self._client.get_kfp_healthz()
        self._namespace = namespace or self._client.get_user_namespace() or None
        if health.multi_user and not self._namespace:
            raise UsageError(f"{self.host}: this installation keeps its users apart; name yours with --namespace NAME")

    def run(self, package: Package, values: dict[str, Any], experiment: str) -> Submitted:
        """Starts a run now."""
        name = f"{package.name} {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S}"
        with _in_words(self.host):
            folder = self._client.create_experiment(experiment, namespace=self._namespace).experiment_id
            run = self._client.run_pipeline(folder, name, str(package.file), params=values)
        return Submitted(run.run_id, folder, f"{self.host}/#/runs/details/{run.run_id}")

    def schedule(
        self,
        package: Package,
        values: dict[str, Any],
        experiment: str,
        times: str,
        catch_up_from: datetime.date | None = None,
    ) -> Submitted:
        """Has runs started at the times of a cron expression, one at a time.

        Args:
            package: the pipeline.
            values: the values of its parameters.
            experiment: where the runs are kept.
            times: the expression in KFP's form; six_fields() makes it.
            catch_up_from: the day from which on missed runs are made up for; none by default.
        """
        start = f"{catch_up_from:%Y-%m-%d}T00:00:00Z" if catch_up_from else None
        with _in_words(self.host):
            folder = self._client.create_experiment(experiment, namespace=self._namespace).experiment_id
            recurring = self._client.create_recurring_run(
                folder,
                package.name,
                pipeline_package_path=str(package.file),
                params=values,
                cron_expression=times,
                start_time=start,
                no_catchup=catch_up_from is None,
                max_concurrency=1,
            )
        id_ = recurring.recurring_run_id
        return Submitted(id_, folder, f"{self.host}/#/recurringrun/details/{id_}")

    def follow(
        self, run: Submitted, tasks: tuple[str, ...], timeout: float | None, poll: float, say: Callable[[str], None]
    ) -> Ended:
        """Waits until a run has ended, and says when a task of it changes its state.

        Args:
            run: the run.
            tasks: the names of its tasks; KFP's own steps between them are not spoken of.
            timeout: seconds to wait; for ever by default.
            poll: seconds between looks.
            say: is given a line for each change.

        Raises:
            TurnstileError: it has not ended in time, or can be followed no longer; the run goes on.
        """
        deadline, states, misses = time.monotonic() + (timeout or float("inf")), dict[str, str](), 0
        while True:
            try:
                with _in_words(self.host):
                    found = self._client.get_run(run.id)
                misses = 0
            except TurnstileError as error:
                misses += 1
                if misses == _MISSES or not isinstance(error, UnreachableError):
                    raise TurnstileError(f"{error}. The run goes on: {run.url}") from error
            else:
                for task, state in _states(found, tasks).items():
                    if states.get(task) != state:
                        say(f"{task:<20} {state.lower()}")
                        states[task] = state
                if found.state in _ENDED:
                    return Ended(found.state, tuple(task for task, state in states.items() if state == "FAILED"))
            if time.monotonic() > deadline:
                raise TurnstileError(f"the run has not ended after {timeout:g} s, and goes on: {run.url}")
            time.sleep(poll)


def six_fields(expression: str) -> str:
    """Returns a cron expression in KFP's form, which counts seconds first: a five-field one starts at second 0.

    Raises:
        UsageError: it is none.
    """
    fields = expression.split()
    if fault := cron.fault(" ".join(fields[1:]) if len(fields) == 6 else expression):
        raise UsageError(f"--cron: '{expression}': {fault}")
    return f"0 {expression}" if len(fields) == 5 else expression


class _Client(kfp.Client):
    """kfp's client; but that looks for the server five times, five seconds apart, and takes any answer for KFP's."""

    def get_kfp_healthz(self, sleep_duration: int = 0) -> kfp_server_api.V2beta1GetHealthzResponse:
        """Asks once whether this is KFP, and whether it keeps users apart."""
        answer = self._healthz_api.healthz_service_get_healthz(_preload_content=False, _request_timeout=_TIMEOUT)
        try:
            return kfp_server_api.V2beta1GetHealthzResponse(multi_user=json.loads(answer.data).get("multi_user"))
        except (ValueError, AttributeError) as error:
            raise UsageError(
                f"{self._existing_config.host}: answers, but not as Kubeflow Pipelines does. If a browser "
                "shows a sign-in page there, give a token with --token-env. To the URL of a dashboard, add /pipeline"
            ) from error


@contextlib.contextmanager
def _in_words(host: str) -> Iterator[None]:
    """Turns what kfp raises into our errors, without headers, which may hold tokens; swallows what it prints."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    except kfp_server_api.ApiException as error:
        raise _refusal(host, error) from error
    except urllib3.exceptions.HTTPError as error:
        why = str(getattr(error, "reason", error)).rpartition(": ")[2]
        hint = "Is it there? From outside a cluster: kubectl port-forward -n kubeflow svc/ml-pipeline-ui 8080:80"
        raise UnreachableError(f"{host}: cannot be reached ({why}). {hint}") from error


def _refusal(host: str, error: kfp_server_api.ApiException) -> TurnstileError:
    """The server's answer, which was not 2xx, in words."""
    if error.status in (401, 403):
        return UsageError(
            f"{host}: does not accept who asks ({error.status}). Put a bearer token into an environment variable and "
            "name that with --token-env; if the installation keeps its users apart, name yours with --namespace"
        )
    try:
        why = json.loads(error.body)["message"]
    except (ValueError, TypeError, KeyError):
        why = error.reason
    if error.status >= 500:
        return UnreachableError(f"{host}: the server failed ({error.status}: {why}). Try again later")
    if error.status == 404:
        return UsageError(f"{host}: has no Kubeflow Pipelines v2 API at this address (404: {why})")
    return UsageError(f"{host}: refused the request ({error.status}: {why})")


def _states(run: kfp_server_api.V2beta1Run, tasks: tuple[str, ...]) -> dict[str, str]:
    """The state of each of `tasks` that has begun."""
    details = run.run_details.task_details if run.run_details else None
    return {
        detail.display_name: detail.state for detail in details or () if detail.display_name in tasks and detail.state
    }
