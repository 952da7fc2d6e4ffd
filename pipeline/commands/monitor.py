"""`turnstile monitor`: what serving sees, held against what the version was trained on and released with."""

from __future__ import annotations

import json
import sys

import click

from pipeline.commands.options import LocalPath, json_option, load_past, past_options


@click.command()
@click.option(
    "--requests",
    metavar="FILE|FOLDER",
    required=True,
    multiple=True,
    type=LocalPath(),
    help="Log of requests, or folder of logs: JSON lines, or TFRecords of Examples or PredictionLogs; may be repeated.",
)
@click.option(
    "--outcomes",
    metavar="FILE",
    type=LocalPath(),
    help="File that says what came true for each key: .csv, .jsonl or .parquet.",
)
@click.option("--key", metavar="COLUMN", help="Column of the outcomes with the key of a request.")
@click.option(
    "--outcome", metavar="COLUMN", help="Column of the outcomes with what came true: 0 or 1, a number, or a class."
)
@click.option(
    "--version",
    "number",
    metavar="NUMBER",
    type=int,
    help="Number of the version whose requests to look at.  [default: the one that is stable, or the newest]",
)
@past_options
@json_option
def monitor(
    requests: tuple[str, ...],
    outcomes: str | None,
    key: str | None,
    outcome: str | None,
    number: int | None,
    config_file: str,
    output: str | None,
    serving_dir: str | None,
    as_json: bool,
) -> None:
    """Compare requests with the data of training.

    The requests are checked by the schema that the version was released with, and compared with the data that it was
    trained on; its answers are compared with those to the eval split. With --outcomes, --key and --outcome, its metrics
    are computed anew from what came true, and judged by the bounds that it was released with.

    A log is one of `turnstile serve --log-requests` or `turnstile split --log`, or TFRecords of tf.train.Examples or of
    TensorFlow Serving's PredictionLogs. It may be gzipped, and of any size.

    The statistics of the requests are left in `<output>/<name>/monitoring` for the data gate of the next run.

    Exit codes: 0 nothing was found; 2 the usage or the config is wrong, or no request is about the version; 10 the
    version is worse than its bounds allow; 11 the data is not as agreed, or not like that of training. Data at fault
    may be why a version is worse, so 11 comes before 10.
    """
    from pipeline.run.importing_tfx import without_a_log
    from turnstile import printing
    from turnstile.errors import UsageError

    if len({bool(given) for given in (outcomes, key, outcome)}) > 1:
        raise UsageError("--outcomes, --key and --outcome belong together: give all three of them, or none")
    config = load_past(config_file, output, serving_dir)
    with without_a_log():
        from pipeline.monitor import in_words, left_files
        from pipeline.monitor.looking import Question, look
        from pipeline.monitor.quality import Asked

        asked = Asked(outcomes, key, outcome) if outcomes and key and outcome else None
        looked = look(config, Question(requests, number, asked))
    found = in_words.as_dict(looked)
    left = left_files.write(config, looked, found)
    if as_json:
        click.echo(json.dumps(found | {"statistics": str(left) if left else None}))
    else:
        printing.show(in_words.shown(looked), in_words.WIDTH)
        click.echo(f"left for the next run's data gate: {left}" if left else "")
    sys.exit(found["exit_code"])
