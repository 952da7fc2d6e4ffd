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
    """Hand a compiled pipeline to the installation that is to run it."""


@submit.command()
@click.argument("file", type=LocalPath(path_type=Path), required=False)
@click.option(
    "--host", required=True, envvar="KF_PIPELINES_ENDPOINT", metavar="URL", help="Such as http://localhost:8080."
)
@click.option("--experiment", metavar="NAME", help="What the runs are kept under.  [default: the pipeline's name]")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter's value; may be repeated.")
@click.option(
    "--cron",
    metavar="EXPRESSION",
    help=f'A recurring run instead, such as "0 3 * * *", UTC; "{_FROM_CONFIG}" takes the config\'s schedule.cron.',
)
@config_option
@click.option("--wait", is_flag=True, help="Until the run has ended; exit code 1 if it did not succeed.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="Seconds to wait.  [default: for ever]")
@click.option(
    "--poll", type=click.FloatRange(0, min_open=True), default=5, show_default=True, help="Seconds between looks."
)
@click.option("--namespace", help="Yours, where the installation keeps its users apart.")
@click.option("--token-env", metavar="NAME", help="The environment variable that holds a bearer token.")
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
    """Start a run of FILE, which turnstile compile kubeflow wrote, on Kubeflow Pipelines; or, with --cron, many.

    Without FILE it is <output>/<name>/kubeflow.yaml, where the config's is written.

    Exit codes: 0 accepted, and with --wait succeeded; 1 it failed, or the server cannot be reached; 2 wrong usage.
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
            raise UsageError(f"--cron {_FROM_CONFIG}: {config_file} has no schedule.cron; give an expression instead")
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
        raise UsageError("--host: a name and a password do not belong into the URL; use --token-env")
    if cron and wait:
        raise UsageError("--wait is for one run; with --cron there is none yet")
    if timeout and not wait:
        raise UsageError("--timeout says how long to --wait; give both")


def _token(variable: str | None) -> str | None:
    if variable and not os.environ.get(variable):
        raise UsageError(f"--token-env: there is no environment variable '{variable}', or it is empty")
    return os.environ[variable].strip() if variable else None
