"""`turnstile watch`: waits for the next complete span of the data, and runs the pipeline on it."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from pipeline.commands.options import config_options, json_option, load, output_option, serving_dir_option


@click.command()
@click.option(
    "--settle",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    help="Seconds for which the files of a span must not have changed, unless there is a file _SUCCESS beside them.",
)
@click.option(
    "--poll",
    metavar="SECONDS",
    type=click.FloatRange(0.1),
    default=60.0,
    show_default=True,
    help="Seconds between two looks at the folder of the data.",
)
@click.option("--once", is_flag=True, help="Run what is complete now, and end, instead of waiting for more.")
@click.option(
    "--since",
    metavar="SPAN",
    help="Oldest day (YYYY-MM-DD) or number to run.  [default: the span after the newest that was run, or the oldest]",
)
@config_options
@output_option
@serving_dir_option
@json_option
def watch(
    settle: float,
    poll: float,
    once: bool,
    since: str | None,
    config_file: str,
    data: str | None,
    output: str | None,
    serving_dir: str | None,
    as_json: bool,
) -> None:
    """Wait for spans of the data, and run the pipeline on each.

    A span is complete when its folder has a file _SUCCESS, or when its files have settled; with `data.window`, every
    span of the window must be complete. Each run is as `turnstile run --span` would make it. A span whose run finished,
    whatever the gates said, is run again only if its files change while it is the newest.

    Exit codes: 0 every run was pushed, or there was nothing to run; 1 the runs of a span failed; 2 the usage or the
    config is wrong, or another watch is going on; 10 or 11 a gate said no in a run.
    """
    from pipeline.watch import in_words, single_run
    from pipeline.watch.watching import Asked, Watch

    config = load(config_file, data, output, serving_dir, since, check_data=False)
    given = {"--config": config_file, "--data": data, "--output": output, "--serving-dir": serving_dir}
    options = [word for option, value in given.items() if value is not None for word in (option, value)]
    asked = Asked(settle, poll, once, config.data.span if since else None)
    with _ended_by_signals() as end:
        watched = Watch(
            config,
            asked,
            lambda span: single_run.run(["run", "--json", "--span", str(span), *options], end.wait),
            end.wait,
            in_words.Told(asked, as_json),
        ).go_on()
    if as_json:
        click.echo(json.dumps(in_words.as_dict(config.name, watched)))
    elif watched.stopped is not None:
        click.echo(in_words.stopped(watched.stopped), err=True)
    sys.exit(max((run.exit_code for run in watched.runs), default=0))


@contextmanager
def _ended_by_signals() -> Iterator[threading.Event]:
    """Yields what SIGTERM and SIGINT set."""
    end = threading.Event()
    before = {number: signal.signal(number, lambda *_: end.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
