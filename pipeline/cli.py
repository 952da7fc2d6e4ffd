"""The `turnstile` command: each subcommand parses its flags and calls one function elsewhere."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from pipeline.errors import TurnstileError

DEFAULT_CONFIG = "configs/taxi.toml"


class Group(click.Group):
    """Turns a TurnstileError of any subcommand into its message and its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the subcommand."""
        try:
            return super().invoke(ctx)
        except TurnstileError as error:
            click.echo(f"turnstile: {error}", err=True)
            if "--json" in sys.argv:
                click.echo(json.dumps({"error": str(error), "exit_code": error.exit_code}))
            sys.exit(error.exit_code)


def config_options(command: Callable) -> Callable:
    """The options that choose what to work on."""
    command = click.option("--data", help="A .csv or .parquet file, or a folder; overrides data.path.")(
        command
    )
    return click.option(
        "--config", "config_file", default=DEFAULT_CONFIG, show_default=True, help="The pipeline's TOML file."
    )(command)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Trains, gates and pushes models: examples in, a model version out, if it passes every gate."""


@main.command()
@config_options
@click.option("--output", help="Folder for artifacts, metadata and logs.  [default: output]")
@click.option("--serving-dir", help="Folder that TensorFlow Serving watches.  [default: serving_model]")
@click.option("--no-cache", is_flag=True, help="Run every component, even if nothing has changed.")
@click.option("--runner", type=click.Choice(["local", "beam"]), default="local", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def run(
    config_file: str,
    data: str | None,
    output: str | None,
    serving_dir: str | None,
    no_cache: bool,
    runner: str,
    as_json: bool,
) -> None:
    """Run the pipeline: train a model, and push it if every gate lets it through.

    Exit codes: 0 pushed (or already pushed), 1 failed, 2 wrong usage, 10 a model gate said no, 11 the data gate
    said no.
    """
    from pipeline import config_file as reader
    from pipeline import report
    from pipeline.run import run as run_pipeline

    config = reader.load(
        config_file,
        data__path=data,
        output=output,
        serving__dir=serving_dir,
        cache=False if no_cache else None,
    )
    result = run_pipeline(config, runner)
    if as_json:
        click.echo(json.dumps(result.as_dict()))
    else:
        report.show(result, config)
    sys.exit(result.exit_code)


def entry() -> None:
    """The console script: leaves without interpreter shutdown, in which TensorFlow's destructors print tracebacks."""
    code: Any = 0
    try:
        main()
    except SystemExit as exit_:
        code = exit_.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    entry()
