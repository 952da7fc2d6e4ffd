"""`turnstile canary`: whether the canary should be promoted or retired; with --act, it is."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from pipeline.commands.options import (
    LocalPath,
    confidence_option,
    config_option,
    json_option,
    load_served,
    outcome_option,
    outcomes_option,
    serving_dir_option,
)
from turnstile.errors import MODEL_REFUSED


@click.command()
@click.option(
    "--log",
    "logs",
    metavar="FILE",
    required=True,
    multiple=True,
    type=LocalPath(),
    help="Request log of both arms, written by `turnstile split --log` or `turnstile serve --log-requests`; may be "
    "repeated.",
)
@outcomes_option
@click.option("--key", required=True, metavar="COLUMN", help="Column of the outcomes with the key of a request.")
@outcome_option
@click.option(
    "--metric",
    type=click.Choice(["log_loss", "absolute_error", "accuracy"]),
    help="Metric to compare.  [default: one with a bound on how much worse it may get, or the finest that suits]",
)
@click.option(
    "--margin",
    metavar="NUMBER",
    type=click.FloatRange(0),
    help="Difference from stable that is allowed, in the metric's own units.  [default: the bound that the version was "
    "pushed with, or 0]",
)
@confidence_option("no look at a canary misses the true difference")
@click.option(
    "--settle",
    "settle_hours",
    metavar="HOURS",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Number of hours that an outcome may take; younger requests are left out.",
)
@click.option("--act", "do_it", is_flag=True, help="Promote or retire the canary, if the outcomes say so.")
@config_option
@serving_dir_option
@json_option
def canary(do_it: bool, config_file: str, serving_dir: str | None, as_json: bool, **question: Any) -> None:
    """Say whether the canary should be promoted or retired.

    The stable version and the canary are compared by what came true of what they answered. The verdict is promote,
    retire or wait. You may ask for it as often as you like, such as every hour: looking often does not make a wrong
    verdict more likely. With --act it is carried out, and the audit log has the evidence.

    Exit codes: 0 the canary should be promoted, it is too early to tell, or there is no canary; 2 the usage or the
    config is wrong; 10 the canary is worse, and should be retired.
    """
    from pipeline.commands import release_tables
    from serving.canary import acting, in_words
    from serving.canary.judging import RETIRE
    from serving.canary.looking import Question, look
    from serving.releases.state import release_folder

    config = load_served(config_file, serving_dir)
    where = release_folder(config.serving, config.name)
    looked = look(where, Question(**question))
    if not as_json:
        click.echo("\n".join(in_words.lines(looked)))
    change = acting.act(where, looked) if do_it else None
    if as_json:
        click.echo(json.dumps(in_words.as_dict(looked) | {"change": change.as_dict() if change else None}))
    elif change:
        release_tables.show_change(change)
    if looked.judgement and looked.judgement.verdict == RETIRE:
        sys.exit(MODEL_REFUSED)
