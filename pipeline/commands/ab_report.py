"""`turnstile ab-report`: what an A/B test by `turnstile split` has shown."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.commands.options import LocalPath, confidence_option, json_option, outcome_option, outcomes_option


@click.command("ab-report")
@click.argument("log", type=LocalPath())
@outcomes_option
@click.option(
    "--key",
    required=True,
    metavar="COLUMN",
    help="Column of the outcomes with the key that `turnstile split` divided rows by.",
)
@outcome_option
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="Metric to compare: outcome, log_loss, absolute_error or accuracy; may be repeated.  "
    "[default: the outcome and its error]",
)
@click.option(
    "--difference",
    metavar="NUMBER",
    type=click.FloatRange(0, min_open=True),
    help="Smallest difference that matters, in the metric's own units.  [default: a tenth of stable's value]",
)
@confidence_option("an interval contains the true value")
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
    """Compare the two arms of an A/B test by what came true.

    LOG is what `turnstile split --log` wrote. Each key counts once. Decide before the test how many keys to wait for:
    if you look again and again until the arms differ, chance will show a difference that is not there.
    """
    from serving.ab import comparing

    found = comparing.compare(Path(log), outcomes, key, outcome, metrics, difference, confidence)
    click.echo(json.dumps(found.as_dict()) if as_json else "\n".join(comparing.lines(found)))
