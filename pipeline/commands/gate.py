"""`turnstile gate`: what the release gate can tell."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from pipeline.commands.options import config_option, json_option, load_past, output_option


@click.command()
@config_option
@output_option
@json_option
def gate(config_file: str, output: str | None, as_json: bool) -> None:
    """Tell how sure the release gate can be, given the eval rows.

    For each bound under [release], it tells how bad a model must be to be refused 80 % of the time, how often a good
    model is refused or left undecided, and how many eval rows it takes to decide 80 % of the time. It needs a run that
    has judged a model, and reads what that run measured. The bounds are those of the config as it is now.
    """
    from components.evaluator import power, power_in_words
    from pipeline.next_command import next_command
    from pipeline.run import last_evaluation

    config = load_past(config_file, output)
    report = last_evaluation.report(config, config_file)
    found, absent = power.powers(config.release, report), power.unjudged(config.release, report)
    if as_json:
        bounds = [asdict(each) for each in found]
        click.echo(json.dumps({"pipeline": config.name, "confidence": config.release.confidence, "bounds": bounds,
                               "not_judged": absent}))  # fmt: skip
        return
    click.echo(f"What the gate of {config.name} can tell, at {100 * config.release.confidence:g} % confidence")
    click.echo("\n".join(power_in_words.lines(found)))
    if absent:
        click.echo("\n" + click.wrap_text(f"The last run has not judged: {', '.join(absent)}.", 80))
        click.echo("A bound on a change needs a version that serves, a new bound needs a new run.")
        click.echo(f"Run again: {next_command('run', config, config_file)}")
