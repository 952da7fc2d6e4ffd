"""The `turnstile` command: each subcommand parses its flags and calls one function elsewhere."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands import (
    ab_report,
    canary,
    clean,
    compile,
    compile_kubeflow,
    dashboard,
    gate,
    history,
    init,
    key,
    lineage,
    node,
    predict,
    releases,
    report,
    serve,
    submit,
    tune,
)
from pipeline.commands.options import config_options, json_option, load, output_option, serving_dir_option, span_option
from turnstile.errors import TurnstileError

if TYPE_CHECKING:
    from pipeline.run.local_runner import Engine


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


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Train models on tabular data, and push to serving those that pass every gate."""


@main.command()
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


@main.group()
def schema() -> None:
    """Propose, show, compare or accept a schema for the data.

    A schema says of each column which type, which values and which range it has, and how many of the rows have a value.
    The data gate stops a run whose data is different. The schema in force is the file that the config names as
    `schema_path`: `turnstile init` has written one, and `turnstile schema accept` replaces it.
    """


@schema.command()
@config_options
@span_option
@output_option
def infer(config_file: str, data: str | None, span: str | None, output: str | None) -> None:
    """Propose a schema from the data alone.

    Nothing is taken over from the schema in force. The proposal is written to `<output>/<name>/proposed_schema.pbtxt`;
    `turnstile schema accept` puts it in force.
    """
    from pipeline.schema import actions

    actions.infer(load(config_file, data=data, span=span, output=output, check_schema=False), config_file)


@schema.command()
@config_options
@output_option
@click.option("--proposed", is_flag=True, help="Show the latest proposal instead of the schema in force.")
@json_option
def show(config_file: str, data: str | None, output: str | None, proposed: bool, as_json: bool) -> None:
    """Show what the schema in force expects of each column.

    BYTES is text, INT is whole numbers, and FLOAT is numbers with decimals. A column that was changed by hand, in the
    file, since it was accepted is marked.
    """
    from pipeline.schema import actions

    actions.show(load(config_file, data=data, output=output, check_data=False), config_file, proposed, as_json)


@schema.command()
@config_options
@span_option
@output_option
def diff(config_file: str, data: str | None, span: str | None, output: str | None) -> None:
    """Compare the data with the schema in force.

    Where they differ, the least changes to the schema that let the data pass are proposed; `turnstile schema accept`
    puts them in force.
    """
    from pipeline.schema import actions

    actions.diff(load(config_file, data=data, span=span, output=output, check_schema=False), config_file)


@schema.command()
@config_options
@output_option
@click.option(
    "--replace",
    is_flag=True,
    help="Replace the schema in force even if what was written into it by hand is lost.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="COLUMN",
    help="Column whose proposed change is accepted, while all others stay as they are; may be repeated.",
)
def accept(config_file: str, data: str | None, output: str | None, replace: bool, only: tuple[str, ...]) -> None:
    """Put the latest proposal in force.

    The proposal of `turnstile schema infer` or `turnstile schema diff` is written over the file that the config names
    as `schema_path`. Review that file, and commit it.
    """
    from pipeline.schema import actions

    config = load(config_file, data=data, output=output, check_data=False, check_schema=False)
    actions.accept(config, config_file, replace, only)


@main.command()
@json_option
def version(as_json: bool) -> None:
    """Print the versions of Turnstile and of its libraries."""
    from turnstile.stack_versions import versions

    found = versions()
    lines = json.dumps(found) if as_json else "\n".join(f"{name:<28} {number}" for name, number in found.items())
    click.echo(lines)


_SINGLE = (
    ab_report.ab_report,
    canary.canary,
    clean.clean,
    compile.compile_group,
    dashboard.dashboard,
    gate.gate,
    history.history,
    init.init,
    key.key,
    lineage.lineage,
    node.node,
    report.report,
    serve.serve,
    submit.submit,
    tune.tune,
)
for command in (*_SINGLE, *releases.COMMANDS, *predict.COMMANDS):
    main.add_command(command)
for command in compile_kubeflow.COMMANDS:
    compile.compile_group.add_command(command)


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
