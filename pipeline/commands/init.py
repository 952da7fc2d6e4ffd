"""`turnstile init`: a config for a table that nobody has written one for."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import DataPath, json_option

if TYPE_CHECKING:
    from pipeline.init.profile import Profile


@click.command()
@click.argument("data", type=DataPath())
@click.option(
    "--label",
    metavar="COLUMN",
    help="Column to predict.  [default: the one whose name says so, such as target]",
)
@click.option("--name", metavar="NAME", help="Name of the pipeline and of its config.  [default: the name of the data]")
@click.option("--force", is_flag=True, help="Replace the config and the schema if they are there already.")
@json_option
def init(data: str, label: str | None, name: str | None, force: bool, as_json: bool) -> None:
    """Propose a config and a schema for a table.

    DATA is a .csv or .parquet file, a folder of them, or a path with {SPAN}. The config is written to
    `configs/<name>.toml`, with the reason for each choice beside it: what each column becomes, which ones are left out,
    and what a model must reach. `turnstile run --config configs/<name>.toml` then works at once.

    The schema is written to `data/<name>/schema.pbtxt`. It says what the values of each column are like. Later data
    that is different, such as amounts in cents instead of dollars, stops a run; `turnstile schema show` prints it.

    If no column's name says that it is the one to predict, the command asks in a terminal. Elsewhere it names the
    columns that could be it, with exit code 2.
    """
    from pipeline.init import actions, report

    def ask(possible: list[str], columns: dict[str, Profile]) -> str:
        report.show_columns(columns)
        return click.prompt("\nWhich column is to be predicted?", type=click.Choice(possible), default=possible[0])

    can_ask = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    written = actions.init(data, label, name, force, ask if can_ask else None)
    if as_json:
        click.echo(json.dumps(report.as_dict(written)))
    else:
        report.show(written)
