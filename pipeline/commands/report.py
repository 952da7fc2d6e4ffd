"""`turnstile report`: the page of a run."""

from __future__ import annotations

import json
import webbrowser

import click

from pipeline.commands.options import json_option, load_past, past_options


@click.command()
@click.argument("which", metavar="[RUN|VERSION]", required=False)
@past_options
@click.option(
    "--compare",
    metavar="RUN|VERSION",
    help="Other run or version, whose metrics are put beside, with all that differs between the two.",
)
@click.option("--open", "open_it", is_flag=True, help="Open the page in the browser.")
@json_option
def report(
    which: str | None,
    config_file: str,
    output: str | None,
    serving_dir: str | None,
    compare: str | None,
    open_it: bool,
    as_json: bool,
) -> None:
    """Print the path of the report of a run.

    RUN is the name of a run, which is that of its folder in `<output>/<name>/runs`. VERSION is a number that
    `turnstile models` lists. By default, it is the last run.

    A run writes its page when it ends: the verdict with its reasons, the metrics and slices with their intervals,
    curves, what the model leans on, the distributions of the features, the lineage, and how to make the run again. It
    is one file that needs no network. If it is not there, it is written from the record and from what is left of the
    artifacts.
    """
    from pipeline.run import report_finding as finding

    config = load_past(config_file, output, serving_dir)
    found = finding.find(config, config_file, which)
    other = finding.find(config, config_file, compare) if compare else None
    page = finding.page_of(config, found, other)
    if open_it:
        webbrowser.open(page.resolve().as_uri())
    if as_json:
        record = found.record
        click.echo(json.dumps({"report": str(page), "run_id": record.run_id, "version": record.version}))
    else:
        click.echo(page)
