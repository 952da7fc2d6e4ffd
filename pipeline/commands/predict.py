"""The commands that ask a model about the rows of a file: `turnstile predict` and `turnstile split`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pipeline.commands.options import (
    DataPath,
    LocalPath,
    config_option,
    json_option,
    load_served,
    serving_dir_option,
)
from turnstile.errors import UsageError

if TYPE_CHECKING:
    from pipeline.config import ServedConfig

_OF_A_MODEL = (
    click.option(
        "--model", metavar="FOLDER", type=LocalPath(), help="Folder of a SavedModel to load and ask in this process."
    ),
    click.option("--version", metavar="N", type=click.IntRange(0, 2**63 - 1), help="Number of the version to ask."),
    click.option("--label", metavar="LABEL", help="Label of the version to ask, such as canary."),
)
_OF_A_SERVER = (
    click.option(
        "--server", metavar="HOST:PORT", help="Address of a model server to ask by gRPC, such as localhost:8500."
    ),
    click.option(
        "--url", metavar="URL", help="Address of a model server to ask by REST, such as http://localhost:8501."
    ),
    click.option("--name", metavar="NAME", help="Name of the model on the server.  [default: the config's]"),
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(0.001),
        default=30,
        show_default=True,
        help="Seconds to wait for the answer to a request.",
    ),
    click.option(
        "--retries",
        metavar="N",
        type=click.IntRange(0),
        default=5,
        show_default=True,
        help="Number of times to send a request again when no answer comes.",
    ),
    click.option(
        "--batch",
        metavar="ROWS",
        type=click.IntRange(1),
        help="Number of rows to send in one request.  [default: 1024 to a server, 4096 without one]",
    ),
)
_OF_ANSWERS = (
    click.option(
        "--out", metavar="FILE", type=LocalPath(), help="File to write the answers to.  [default: standard output]"
    ),
    click.option(
        "--format",
        "form",
        type=click.Choice(["jsonl", "csv", "parquet"]),
        help="Format of the answers.  [default: what the ending of --out says, or jsonl]",
    ),
    click.option(
        "--keep",
        multiple=True,
        metavar="COLUMN",
        help="Column of INPUT to write in front of each answer, such as a key; may be repeated.",
    ),
    click.option(
        "--log",
        metavar="FILE",
        type=LocalPath(),
        help="Request log to append the rows and their answers to, as JSON lines.",
    ),
)


def model_options(command: Callable) -> Callable:
    """Adds the options that say which version to ask."""
    return _with(_OF_A_MODEL, command)


def server_options(command: Callable) -> Callable:
    """Adds the options that say which server to ask, and how; without one, the folder that it would serve."""
    return config_option(serving_dir_option(_with(_OF_A_SERVER, command)))


def _asking(command: Callable) -> Callable:
    """Adds the options that the commands share that write a model's answers."""
    return server_options(_with(_OF_ANSWERS, command))


def _with(options: Sequence[Callable], command: Callable) -> Callable:
    for option in reversed(options):
        command = option(command)
    return command


def _reader(config_file: str, serving_dir: str | None) -> Callable[[], ServedConfig]:
    return lambda: load_served(config_file, serving_dir)


def how_data_is_written(config_file: str, name: str | None, model: str | None) -> dict[str, Any]:
    """What [data] says of values and of CSV, unless another config is meant by a model or name than the default one."""
    given = click.get_current_context().get_parameter_source("config_file") is not ParameterSource.DEFAULT
    if not given and (model or name):
        return {}
    try:
        data = load_served(config_file, None).data
    except UsageError:
        if given:
            raise
        return {}  # whoever needs the config says what is wrong with it
    return {"null_values": data.null_values, "dialect": data.dialect}


@click.command()
@click.argument("input_file", metavar="INPUT", type=DataPath())
@model_options
@_asking
def predict(
    input_file: str,
    config_file: str,
    serving_dir: str | None,
    model: str | None,
    version: int | None,
    label: str | None,
    server: str | None,
    url: str | None,
    name: str | None,
    timeout: float,
    **job: Any,
) -> None:
    """Predict for each row of INPUT.

    INPUT is a .csv, .jsonl or .parquet file, or "-" for JSON lines on standard input. Without --server, --url or
    --model, the model is loaded from the serving folder: the stable version, or the newest if none is stable.

    If a column of --keep has the name of one of the answers, it is written as input_COLUMN.
    """
    from serving.asking.predict import Job, predict
    from serving.client.connect import Options

    options = Options(server=server, url=url, name=name, model=model, version=version, label=label, timeout=timeout)
    made = Job(path=input_file, **how_data_is_written(config_file, name, model), **job)
    predict(made, options, _reader(config_file, serving_dir))


@click.command()
@click.argument("input_file", metavar="INPUT", type=DataPath())
@click.option(
    "--canary",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    required=True,
    help="Percent of the keys that go to the canary.",
)
@click.option(
    "--key",
    metavar="COLUMN",
    help="Column that decides the arm: rows with the same value go to the same arm.  [default: the whole row]",
)
@click.option(
    "--salt",
    default="",
    metavar="TEXT",
    help="Text that is hashed with the key; another text divides the keys differently.",
)
@_asking
@json_option
def split(
    input_file: str,
    canary: float,
    key: str | None,
    salt: str,
    config_file: str,
    serving_dir: str | None,
    server: str | None,
    url: str | None,
    name: str | None,
    timeout: float,
    as_json: bool,
    **job: Any,
) -> None:
    """Divide rows between the stable version and the canary.

    This is an A/B test on the rows of INPUT, a file like that of `turnstile predict`. A hash of the key decides which
    version is asked, so a key stays in its arm; a larger --canary only moves keys from stable to canary. The answers
    come in the order of the rows, each with its arm. A report of both arms goes to standard error.

    Exit codes: 0 every row was answered; 1 a row got no answer; 2 the usage or the config is wrong.
    """
    from serving.ab import arm_report
    from serving.ab.split import Division, split
    from serving.asking.predict import Job
    from serving.client.connect import Options

    if as_json and not job["out"]:
        raise UsageError("--json prints the report on standard output, so the answers need a file: --out FILE")
    options = Options(server=server, url=url, name=name, timeout=timeout)
    test = Division(percent=canary, key=key, salt=salt)
    made = Job(path=input_file, **how_data_is_written(config_file, name, None), **job)
    reports = split(made, test, options, _reader(config_file, serving_dir))
    if as_json:
        click.echo(json.dumps({"canary_percent": canary, "arms": {a: r.as_dict() for a, r in reports.items()}}))
    else:
        click.echo("\n".join(arm_report.lines(reports.values())), err=True)
    if any(report.errors for report in reports.values()):
        sys.exit(1)
