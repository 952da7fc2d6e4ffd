"""`turnstile data`: what can be done to data before anything is learned from it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.commands.options import LocalPath, json_option


@click.group()
def data() -> None:
    """Prepare data: cut it into spans."""


@data.command()
@click.argument("table", type=LocalPath(), metavar="DATA")
@click.option("--by", required=True, metavar="COLUMN", help="Column that says when a row was, or where in order it is.")
@click.option(
    "--every",
    required=True,
    metavar="LENGTH",
    help="Length of a span: quarter, month or day; or a number of rows, taken in the order of the column.",
)
@click.option(
    "--out",
    type=LocalPath(),
    metavar="FOLDER",
    help="Folder to make for the files.  [default: one beside the data, such as trips-by-quarter]",
)
@click.option(
    "--config",
    "config_file",
    type=LocalPath(),
    metavar="FILE",
    help="TOML file whose [data] and [features] say how the files are read.  [default: told from the files]",
)
@json_option
def split(table: str, by: str, every: str, out: str | None, config_file: str | None, as_json: bool) -> None:
    """Cut a table into spans of time, a file for each.

    DATA is a .csv or .parquet file, or a folder of them. The column has times: numbers since 1970, text as ISO 8601 has
    it, or Parquet's own. A time with an offset is taken in UTC. A file is named by the first day of its span, or by its
    number, and has the rows as they are. The command prints the lines to put under [data] of a config, so that a run
    learns from the last spans.

    Rows without a value in the column are in no span; the command says how many there are. FOLDER must not be there
    yet, or be empty; it is there only when all of its files are whole.
    """
    from pipeline.split import cutting, reading, report

    how, unit = reading.of(table, by, config_file)
    found = cutting.cut(table, by, report.every_of(every), Path(out) if out else None, how, unit)
    click.echo(json.dumps(report.as_dict(found)) if as_json else "\n".join(report.lines(found)))
