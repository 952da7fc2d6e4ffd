"""`turnstile replay`: the runs that a scheduler would have made, span by span."""

from __future__ import annotations

import json
import sys

import click

from pipeline.commands.options import LocalPath, config_option, json_option


@click.command()
@config_option
@click.option(
    "--from-span",
    metavar="SPAN",
    help="Day (YYYY-MM-DD) or number (an integer) to begin with.  [default: the first with a whole window]",
)
@click.option("--to-span", metavar="SPAN", help="Day or number to end with.  [default: the latest]")
@click.option(
    "--output",
    type=LocalPath(),
    metavar="FOLDER",
    help="Folder for artifacts, metadata and logs.  [default: replay, in the config's output folder]",
)
@click.option(
    "--serving-dir",
    type=LocalPath(),
    metavar="FOLDER",
    help="Folder that versions are pushed to.  [default: serving_model, in the folder that --output says]",
)
@click.option(
    "-o",
    "--page",
    type=LocalPath(),
    metavar="FILE",
    help="Page to write, with the charts.  [default: replay.html, beside the runs]",
)
@json_option
def replay(
    config_file: str,
    from_span: str | None,
    to_span: str | None,
    output: str | None,
    serving_dir: str | None,
    page: str | None,
    as_json: bool,
) -> None:
    """Run span by span, as a scheduler would have.

    Each span gets a run of its own, as `turnstile run --span` makes it, oldest first: it reads that span and those of
    its window before it, and no later one. A model that a gate refuses, or data that it stops, does not end the replay.
    It ends with a table of what came of each span, and a page with charts of it.

    Nothing is written where real runs write: all of it is in a folder of its own. Type the command again to go on where
    it was stopped, or where a run failed; spans that are done are not run again.

    Exit codes: 0 every span was run, whatever the gates said; 1 a run failed, and later spans were not run; 2 the usage
    or the config is wrong.
    """
    from pipeline.replay import actions, table

    found = actions.replay(config_file, from_span, to_span, output, serving_dir, page)
    if as_json:
        click.echo(json.dumps(found.as_dict()))
    else:
        table.show(found.spans)
        click.echo(f"\npage: {found.page}\nversions: {found.serving_dir}; those that serve were left alone")
    sys.exit(1 if found.failed else 0)
