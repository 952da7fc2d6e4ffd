"""`turnstile tune`: better values of [training], found by trials."""

from __future__ import annotations

import json

import click

from pipeline.commands.options import config_options, json_option, load, output_option, span_option


@click.command()
@config_options
@span_option
@output_option
@click.option(
    "--trials",
    metavar="N",
    type=click.IntRange(min=1),
    help="Number of trials in all; those of an earlier `turnstile tune` count.  [default: the config's, or 20]",
)
@click.option(
    "--minutes",
    metavar="MINUTES",
    type=click.FloatRange(min=0, min_open=True),
    help="Minutes after which no new trial begins.  [default: the config's, or no limit]",
)
@click.option("--write", is_flag=True, help="Write the best values into the config if they are better than its own.")
@json_option
def tune(
    config_file: str,
    data: str | None,
    span: str | None,
    output: str | None,
    trials: int | None,
    minutes: float | None,
    write: bool,
    as_json: bool,
) -> None:
    """Find better values of [training] by trials.

    Each trial trains a model; the first one with the config as it is. Trials are compared by rows of the train split
    that neither fit the model nor told when to stop; the eval split is left to the gate. Then the best trial is checked
    on other rows, against the config. A command that was stopped goes on where it was when it is typed again.

    Exit codes: 0 the trials are done; 1 a trial failed; 2 the usage or the config is wrong; 11 the data gate said no.
    """
    from pipeline.tune import actions, report

    config = load(config_file, data, output, span=span, tuning__trials=trials, tuning__minutes=minutes)
    tuned = actions.tune(config)
    diff, written = actions.proposed(tuned, config_file, write)
    if as_json:
        click.echo(json.dumps(report.as_dict(tuned, diff, written)))
    else:
        report.show(tuned, diff, written, config, config_file)
