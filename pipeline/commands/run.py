"""The `turnstile run` command: one run of the pipeline."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import config_options, json_option, load, output_option, serving_dir_option, span_option

if TYPE_CHECKING:
    from pipeline.run.local_runner import Engine


@click.command()
@config_options
@span_option
@output_option
@serving_dir_option
@click.option("--no-cache", is_flag=True, help="Run every component again, even those whose inputs have not changed.")
@click.option(
    "--runner",
    type=click.Choice(["local", "beam"]),
    default="local",
    show_default=True,
    help="Runner of TFX to use: its local one, or its one on Apache Beam.",
)
@json_option
def run(
    config_file: str,
    data: str | None,
    span: str | None,
    output: str | None,
    serving_dir: str | None,
    no_cache: bool,
    runner: Engine,
    as_json: bool,
) -> None:
    """Train a model, and push it if every gate lets it through.

    Exit codes: 0 the model was pushed, or it already was; 1 the run failed; 2 the usage or the config is wrong; 10 a
    model gate said no; 11 the data gate said no.
    """
    from pipeline.run import summary
    from pipeline.run.whole_run import run as run_pipeline

    config = load(config_file, data, output, serving_dir, span, cache=False if no_cache else None)
    result = run_pipeline(config, runner)
    if as_json:
        click.echo(json.dumps(result.as_dict()))
    else:
        summary.show(result, config, config_file)
    sys.exit(result.exit_code)
