"""The `turnstile schema` commands: propose, show, compare or accept what the data has to be like."""

from __future__ import annotations

import click

from pipeline.commands.options import config_options, json_option, load, output_option, span_option


@click.group()
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
@json_option
def comparators(config_file: str, data: str | None, output: str | None, as_json: bool) -> None:
    """Propose how far each column may drift.

    The thresholds are made from the distances between the spans that have passed the data gate: half as much again as
    the greatest, and never less than what chance explains. A column that moves by its nature, such as a month, gets
    none. The proposal is the schema in force with these thresholds; `turnstile schema accept` puts it in force.
    """
    from pipeline.schema import drift_actions

    drift_actions.comparators(load(config_file, data=data, output=output, check_data=False), config_file, as_json)


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
