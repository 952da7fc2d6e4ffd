"""The `turnstile` command: each subcommand parses its flags and calls one function elsewhere."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from pipeline import DEFAULT_CONFIG
from pipeline.errors import TurnstileError

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.runners.local import Engine


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
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if "--json" in sys.argv:
                click.echo(json.dumps({"error": f"{type(error).__name__}: {error}", "exit_code": 1}))
            raise


def config_options(command: Callable) -> Callable:
    """The options that choose what to work on."""
    command = click.option("--data", help="A .csv or .parquet file, or a folder; overrides data.path.")(command)
    return click.option(
        "--config", "config_file", default=DEFAULT_CONFIG, show_default=True, help="The pipeline's TOML file."
    )(command)


output_option = click.option("--output", help="Folder for artifacts, metadata and logs.  [default: output]")


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Trains, gates and pushes models: examples in, a model version out, if it passes every gate."""


@main.command()
@config_options
@output_option
@click.option("--serving-dir", help="Folder that TensorFlow Serving watches.  [default: serving_model]")
@click.option("--no-cache", is_flag=True, help="Run every component, even if nothing has changed.")
@click.option(
    "--runner",
    type=click.Choice(["local", "beam"]),
    default="local",
    show_default=True,
    help="TFX's local runner, or its runner on Beam.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def run(
    config_file: str,
    data: str | None,
    output: str | None,
    serving_dir: str | None,
    no_cache: bool,
    runner: Engine,
    as_json: bool,
) -> None:
    """Run the pipeline: train a model, and push it if every gate lets it through.

    Exit codes: 0 pushed (or already pushed), 1 failed, 2 wrong usage, 10 a model gate said no, 11 the data gate
    said no.
    """
    from pipeline import report
    from pipeline.run import run as run_pipeline

    config = _load(config_file, data, output, serving_dir, cache=False if no_cache else None)
    result = run_pipeline(config, runner)
    if as_json:
        click.echo(json.dumps(result.as_dict()))
    else:
        report.show(result, config, config_file)
    sys.exit(result.exit_code)


@main.group()
def schema() -> None:
    """Propose, show, compare and accept the schema: what the data gate holds data against."""


@schema.command()
@config_options
@output_option
def infer(config_file: str, data: str | None, output: str | None) -> None:
    """Propose a schema from the data."""
    from pipeline import schema_commands

    schema_commands.infer(_load(config_file, data=data, output=output, check_schema=False), config_file)


@schema.command()
@config_options
@output_option
@click.option("--proposed", is_flag=True, help="Show the proposal instead of the reviewed schema.")
def show(config_file: str, data: str | None, output: str | None, proposed: bool) -> None:
    """Show what the schema expects of each column."""
    from pipeline import schema_commands

    schema_commands.show(_load(config_file, data=data, output=output, check_data=False), proposed)


@schema.command()
@config_options
@output_option
def diff(config_file: str, data: str | None, output: str | None) -> None:
    """Say what the data asks to change in the reviewed schema."""
    from pipeline import schema_commands

    schema_commands.diff(_load(config_file, data=data, output=output), config_file)


@schema.command()
@config_options
@output_option
@click.option("--replace", is_flag=True, help="Even if environments or comparators of the reviewed schema are lost.")
def accept(config_file: str, data: str | None, output: str | None, replace: bool) -> None:
    """Make the proposal the reviewed schema."""
    from pipeline import schema_commands

    config = _load(config_file, data=data, output=output, check_data=False, check_schema=False)
    schema_commands.accept(config, replace)


@main.command()
@click.argument("input_file", metavar="INPUT", type=click.Path())
@click.option("--config", "config_file", default=DEFAULT_CONFIG, show_default=True, help="Whose model to ask.")
@click.option("--serving-dir", help="Folder that TensorFlow Serving watches.  [default: serving_model]")
@click.option("--model", help="A SavedModel's folder, instead of the latest pushed version.")
@click.option("--out", type=click.Path(), help="File to write, instead of standard output.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), help="[default: by --out, else jsonl]")
def predict(
    input_file: str, config_file: str, serving_dir: str | None, model: str | None, out: str | None, form: str | None
) -> None:
    """Predict for each row of INPUT, a .csv, .jsonl or .parquet file, or "-" for JSON lines on standard input."""
    from serving import predict as predictor

    predictor.predict_file(
        input_file,
        lambda: model or predictor.latest_version(_load(config_file, serving_dir=serving_dir, check_data=False)),
        out,
        form,
    )


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def version(as_json: bool) -> None:
    """Print the versions of Turnstile and of the stack it runs on."""
    from pipeline.versions import versions

    found = versions()
    lines = json.dumps(found) if as_json else "\n".join(f"{name:<28} {number}" for name, number in found.items())
    click.echo(lines)


def _load(
    config_file: str,
    data: str | None = None,
    output: str | None = None,
    serving_dir: str | None = None,
    cache: bool | None = None,
    check_data: bool = True,
    check_schema: bool = True,
) -> Config:
    from pipeline import config_file as reader

    overrides = {"data__path": data, "output": output, "serving__dir": serving_dir, "cache": cache}
    return reader.load(config_file, check_data, check_schema, **overrides)


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
