"""`turnstile submit`: hands a compiled pipeline to the installation that is to run it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import click

from pipeline.commands.options import LocalPath, config_option, json_option, load
from turnstile.errors import UsageError

if TYPE_CHECKING:
    import datetime

    from pipeline.schedulers.kubeflow.client import Ended

_FROM_CONFIG = "config"  # what --cron is given for the config's own


@click.group()
def submit() -> None:
    """Hand a compiled pipeline to the installation that runs it."""


@submit.command()
@click.argument("file", type=LocalPath(path_type=Path), required=False)
@click.option(
    "--host",
    required=True,
    envvar="KF_PIPELINES_ENDPOINT",
    metavar="URL",
    help="Address of the Kubeflow Pipelines API, such as http://localhost:8080.",
)
@click.option("--experiment", metavar="NAME", help="Experiment to keep the runs under.  [default: the pipeline's name]")
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="Parameter of the pipeline and its value; may be repeated.",
)
@click.option(
    "--cron",
    metavar="EXPRESSION",
    help=f'Start runs at these times (UTC) instead of now: such as "0 3 * * *", or "{_FROM_CONFIG}" for schedule.cron.',
)
@config_option
@click.option("--wait", is_flag=True, help="Wait until the run has ended; the exit code is 1 if it did not succeed.")
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    help="Seconds to --wait for the end of the run.  [default: no limit]",
)
@click.option(
    "--poll",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    default=5,
    show_default=True,
    help="Seconds between two questions whether the run has ended.",
)
@click.option("--namespace", metavar="NAME", help="Namespace to run in, if the installation keeps its users apart.")
@click.option("--token-env", metavar="NAME", help="Environment variable that holds a bearer token.")
@json_option
def kubeflow(
    file: Path | None,
    host: str,
    experiment: str | None,
    params: tuple[str, ...],
    cron: str | None,
    config_file: str,
    wait: bool,
    timeout: float | None,
    poll: float,
    namespace: str | None,
    token_env: str | None,
    as_json: bool,
) -> None:
    """Start a run of FILE on Kubeflow Pipelines.

    With --cron, a run starts at each of the given times. FILE is what `turnstile compile kubeflow` wrote; by default
    `<output>/<name>/kubeflow.yaml` of the config.

    Exit codes: 0 the run was accepted, and succeeded if --wait was given; 1 it failed, or the server cannot be
    reached; 2 the usage or the config is wrong.
    """
    _check(host, cron, wait, timeout)
    token = _token(token_env)
    from pipeline.schedulers.kubeflow import package as packages
    from pipeline.schedulers.kubeflow.client import Server

    package = packages.read(file or _file(config_file))
    values, folder = package.values(params), experiment or package.name
    if cron:
        six, catch_up_from = _times(cron, config_file)
        recurring = Server(host, namespace, token).schedule(package, values, folder, six, catch_up_from)
        ids = {"recurring_run_id": recurring.id, "experiment_id": recurring.experiment_id, "url": recurring.url}
        click.echo(json.dumps(ids | {"cron": six}) if as_json else recurring.url)
        return
    server = Server(host, namespace, token)
    run = server.run(package, values, folder)
    if not as_json:
        click.echo(run.url)
    ended = server.follow(run, package.tasks, timeout, poll, lambda line: click.echo(line, err=True)) if wait else None
    if as_json:
        found: dict[str, Any] = {"run_id": run.id, "experiment_id": run.experiment_id, "url": run.url}
        click.echo(json.dumps(found | ({"state": ended.state, "failed": list(ended.failed)} if ended else {})))
    if ended and ended.state != "SUCCEEDED":
        _fail(ended, run.url)


def _fail(ended: Ended, url: str) -> NoReturn:
    which = f" in {', '.join(ended.failed)}, whose log says why" if ended.failed else ""
    click.echo(f"turnstile: the run {ended.state.lower()}{which}: {url}", err=True)
    sys.exit(1)


def _file(config_file: str) -> Path:
    config = load(config_file, check_data=False, check_schema=False)
    return Path(config.output) / config.name / "kubeflow.yaml"


def _times(cron: str, config_file: str) -> tuple[str, datetime.date | None]:
    """The times to run at, in KFP's form, and the day from which on missed runs are made up for."""
    from pipeline.schedulers.kubeflow.client import six_fields

    catch_up_from = None
    if cron == _FROM_CONFIG:
        schedule = load(config_file, check_data=False, check_schema=False).schedule
        if not schedule.cron:
            raise UsageError(
                f'--cron {_FROM_CONFIG}: {config_file} has no schedule.cron; add it, or give --cron "0 3 * * *"'
            )
        cron, catch_up_from = schedule.cron, schedule.start if schedule.catch_up else None
    six = six_fields(cron)
    if six != cron:
        click.echo(f'KFP counts seconds too: "{cron}" becomes "{six}"', err=True)
    return six, catch_up_from


def _check(host: str, cron: str | None, wait: bool, timeout: float | None) -> None:
    """Raises UsageError for what cannot be meant."""
    parts = urlsplit(host)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"--host: expected a URL, such as http://localhost:8080, got '{host}'")
    if parts.username or parts.password:
        raise UsageError(
            "--host: the URL holds a name or a password; leave them out, and give a token with --token-env"
        )
    if cron and wait:
        raise UsageError("--wait and --cron exclude each other: --cron starts no run now that could be waited for")
    if timeout and not wait:
        raise UsageError("--timeout limits --wait; give both, or neither")


def _token(variable: str | None) -> str | None:
    if variable and not os.environ.get(variable):
        raise UsageError(f"--token-env: the environment variable '{variable}' is not set, or is empty")
    return os.environ[variable].strip() if variable else None
