"""`turnstile history`: the runs of a pipeline, and what came of each."""

from __future__ import annotations

import datetime
import json

import click

from pipeline.commands.options import json_option, load_past, past_options
from turnstile.outcomes import OUTCOMES


@click.command()
@click.option("--last", metavar="N", type=click.IntRange(1), help="Number of runs to show, the newest.  [default: all]")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Show only the runs that ended like this.")
@click.option(
    "--since",
    metavar="DAY",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Show only the runs that began on this day (YYYY-MM-DD, in UTC) or later.",
)
@past_options
@json_option
def history(
    last: int | None,
    outcome: str | None,
    since: datetime.datetime | None,
    config_file: str,
    output: str | None,
    serving_dir: str | None,
    as_json: bool,
) -> None:
    """List the runs, newest first, and what came of each.

    Of each run it tells when it began, in UTC, and how long it took; how it ended; the first metric that the config
    requires, with its interval; the version that it pushed, with the labels that are on it now; and the span and the
    number of rows of its data. Runs that `turnstile clean` has removed are not listed.
    """
    from pipeline.lineage.graph import read
    from pipeline.past import history as past
    from pipeline.past import history_table
    from pipeline.run import folder, metadata_store

    config = load_past(config_file, output, serving_dir)
    store = metadata_store.opened(folder.database(config))
    runs = past.history(config, read(store)) if store else []
    first = since.replace(tzinfo=datetime.UTC) if since else None
    found = [run for run in runs if outcome in (None, run.outcome) and (first is None or run.started >= first)][:last]
    if as_json:
        click.echo(json.dumps({"pipeline": config.name, "runs": [run.as_dict() for run in found]}))
    elif found:
        history_table.show(found)
    else:
        click.echo(f"There is no such run in {folder.root(config)}.")
