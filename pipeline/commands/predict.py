"""The subcommands that ask a model, and compare two versions of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pipeline.commands.options import (
    LocalPath,
    config_option,
    json_option,
    load_served,
    serving_dir_option,
)
from turnstile.errors import UsageError

if TYPE_CHECKING:
    from pipeline.config import ServedConfig

_OPTIONS = (
    click.option("--server", metavar="HOST:PORT", help="A model server's gRPC address, such as localhost:8500."),
    click.option("--url", help="A model server's REST address, such as http://localhost:8501."),
    click.option("--name", help="The model's name on the server.  [default: the config's]"),
    click.option(
        "--timeout", type=click.FloatRange(0.001), default=30, show_default=True, help="Seconds to wait for an answer."
    ),
    click.option(
        "--retries",
        type=click.IntRange(0),
        default=5,
        show_default=True,
        help="How often to send a request again when no answer comes.",
    ),
    click.option(
        "--batch", type=click.IntRange(1), default=1024, show_default=True, help="Rows to send in one request."
    ),
    click.option("--out", type=LocalPath(), help="File to write, instead of standard output."),
    click.option(
        "--format",
        "form",
        type=click.Choice(["jsonl", "csv", "parquet"]),
        help="Format to write.  [default: by --out's ending, else jsonl]",
    ),
    click.option(
        "--keep",
        multiple=True,
        metavar="COLUMN",
        help="Column of INPUT to write in front of each answer, such as a key; may be repeated. A column that is "
        "called like one of the answers' is written as input_COLUMN.",
    ),
    click.option("--log", type=LocalPath(), help="File to add rows and answers to: a request log, as JSON lines."),
)


def _asking(command: Callable) -> Callable:
    """Adds the options that the commands that ask a model share."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return config_option(serving_dir_option(command))


def _reader(config_file: str, serving_dir: str | None) -> Callable[[], ServedConfig]:
    return lambda: load_served(config_file, serving_dir)


def _null_values(config_file: str, name: str | None, model: str | None) -> tuple[str, ...]:
    """What data.null_values lists, unless another config is meant by a model or name than the one taken by default."""
    given = click.get_current_context().get_parameter_source("config_file") is not ParameterSource.DEFAULT
    if not given and (model or name):
        return ()
    try:
        return load_served(config_file, None).data.null_values
    except UsageError:
        if given:
            raise
        return ()  # whoever needs the config says what is wrong with it


@click.command()
@click.argument("input_file", metavar="INPUT", type=LocalPath())
@click.option("--model", metavar="FOLDER", type=LocalPath(), help="A SavedModel's folder, to be asked in this process.")
@click.option("--version", type=click.IntRange(0, 2**63 - 1), help="A version's number.")
@click.option("--label", help="A version's label, such as canary.")
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
    """Predict for each row of INPUT, a .csv, .jsonl or .parquet file, or "-" for JSON lines on standard input.

    Without --server or --url the model is loaded from the serving folder: the stable version, or else the newest.
    """
    from serving.asking.predict import Job, predict
    from serving.client.connect import Options

    options = Options(server=server, url=url, name=name, model=model, version=version, label=label, timeout=timeout)
    missing = _null_values(config_file, name, model)
    predict(Job(path=input_file, null_values=missing, **job), options, _reader(config_file, serving_dir))


@click.command()
@click.argument("input_file", metavar="INPUT", type=LocalPath())
@click.option(
    "--canary",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    required=True,
    help="Percentage of the keys whose rows the canary version answers.",
)
@click.option(
    "--key",
    metavar="COLUMN",
    help="Column whose value decides which version answers: rows with equal values get the same one.  "
    "[default: the whole row]",
)
@click.option("--salt", default="", metavar="TEXT", help="Text that divides the keys differently from any other text.")
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
    """Ask the version labelled canary about PERCENT of the rows of INPUT, and the stable one about the others.

    A hash of the key decides, so a key stays in its arm; a larger PERCENT only moves keys from stable to canary. The
    answers are written in the order of the rows, each with its arm; a report of the arms goes to standard error. The
    exit code is 1 if a row got no answer.
    """
    from serving.ab import arm_report
    from serving.ab.split import Division, split
    from serving.asking.predict import Job
    from serving.client.connect import Options

    if as_json and not job["out"]:
        raise UsageError("--json prints the report on standard output, so the answers need a file: --out FILE")
    options = Options(server=server, url=url, name=name, timeout=timeout)
    test = Division(percent=canary, key=key, salt=salt)
    made = Job(path=input_file, null_values=_null_values(config_file, name, None), **job)
    reports = split(made, test, options, _reader(config_file, serving_dir))
    if as_json:
        click.echo(json.dumps({"canary_percent": canary, "arms": {a: r.as_dict() for a, r in reports.items()}}))
    else:
        click.echo("\n".join(arm_report.lines(reports.values())), err=True)
    if any(report.errors for report in reports.values()):
        sys.exit(1)


@click.command("ab-report")
@click.argument("log", type=LocalPath())
@click.option(
    "--outcomes",
    required=True,
    type=LocalPath(),
    help="File that says what came true for each key: .csv, .jsonl or .parquet.",
)
@click.option(
    "--key", required=True, metavar="COLUMN", help="Column of the outcomes with the key by which rows were divided."
)
@click.option(
    "--outcome",
    required=True,
    metavar="COLUMN",
    help="Column of the outcomes with what came true: 0 or 1, a number, or a class.",
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="Metric to compare: outcome, log_loss, absolute_error or accuracy; may be repeated.  "
    "[default: the outcome, and how wrong the model was about it]",
)
@click.option(
    "--difference",
    type=click.FloatRange(0, min_open=True),
    help="Smallest difference that matters; the report says how many keys it takes to see it.  "
    "[default: a tenth of stable's value]",
)
@click.option(
    "--confidence",
    type=click.FloatRange(0.5, 0.9999),
    default=0.95,
    show_default=True,
    help="Probability with which an interval contains the true value.",
)
@json_option
def ab_report(
    log: str,
    outcomes: str,
    key: str,
    outcome: str,
    metrics: tuple[str, ...],
    difference: float | None,
    confidence: float,
    as_json: bool,
) -> None:
    """Compare the arms in LOG, which turnstile split --log wrote, on what came of their rows.

    Each key counts once. Decide how many keys to wait for before you look: if you look again and again until the arms
    differ, chance will show a difference that is not there.
    """
    from serving.ab import comparing

    found = comparing.compare(Path(log), outcomes, key, outcome, metrics, difference, confidence)
    click.echo(json.dumps(found.as_dict()) if as_json else "\n".join(comparing.lines(found)))


COMMANDS: tuple[click.Command, ...] = (predict, split, ab_report)
