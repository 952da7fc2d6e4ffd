"""`turnstile predict`: rows in, predictions out, from a model server, the serving folder, or any exported model."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from serving.asking import routed_rows
from serving.asking.routed_rows import Asked, Choose, Route
from serving.client.concurrent_calls import InOrder
from serving.client.connect import Options, first_contact, opened
from serving.client.retries import Retries
from serving.rows import reading as reader
from serving.rows.answer_file import AnswerFile
from serving.rows.reading import Row, Rows
from serving.rows.rows_progress import Progress
from serving.settings import Served


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to do with a file.

    Attributes:
        path: a .csv, .jsonl or .parquet file, or "-".
        out: the file to write; standard output if None.
        form: "jsonl" or "csv"; by the ending of `out` if None.
        log: the request log to add to, if any.
        batch: rows of a request.
        retries: of a request.
        null_values: the config's; see reading.open_rows.
    """

    path: str
    out: str | None = None
    form: str | None = None
    log: str | None = None
    batch: int = 1024
    retries: int = 5
    null_values: tuple[str, ...] = ()


def predict(job: Job, options: Options, config: Callable[[], Served]) -> None:
    """Predicts for each row of a file.

    Args:
        job: the file, and how.
        options: whom to ask.
        config: reads the pipeline's config.

    Raises:
        UsageError: the file or an option is wrong; nothing was sent (of standard input: not that row).
        UnavailableError: no answer came, however often a request was sent.
        RefusedError: the server said no.
    """
    with reader.open_rows(job.path, job.null_values) as rows:
        client, which = opened(options, config)
        with closing(client):
            progress = progress_of(job, rows)
            retries = Retries(job.retries, progress.note)
            route = Route(which, first_contact(client, which, retries))
            prepare(job, options, progress, lambda _: (route, None))
            batches = InOrder[Route, Asked, routed_rows.Answered](
                lambda route, batch: routed_rows.ask(client, retries, route, batch), job.batch, client.at_once
            )
            answers = batches(routed_rows.asked(told_absent(rows, [route]), lambda _: (route, None)))
            with AnswerFile(job.out, job.form) as write, routed_rows.logging_to(job.log) as log:
                versions: Counter[int | None] = Counter()
                for _, answered in answers:
                    write(answered.outputs)
                    log(answered)
                    versions[answered.version] += 1
                    progress.done()
            progress.end(_summary(progress, versions) if options.online else "")


def progress_of(job: Job, rows: Rows) -> Progress:
    """Shows how far a file is by how much of it has been read; nothing where the answers are shown themselves."""

    def portion(done: int) -> float | None:
        share = rows.share()
        return None if share is None or not rows.count else share * done / rows.count

    return Progress(sys.stderr, portion, shown=bool(job.out) or not sys.stdout.isatty())


def prepare(job: Job, options: Options, progress: Progress, choose: Choose) -> None:
    """Checks a whole file before its first row is sent to a server, after which its length is known, too."""
    if options.online and job.path != "-":
        total = routed_rows.check(job.path, choose, job.null_values)
        progress.portion = lambda done: done / total


def told_absent(rows: Rows, routes: list[Route]) -> Iterator[Row]:
    """Says which inputs the first row has no column for; gives all rows.

    Raises:
        UsageError: the first row has no column of a model at all.
    """
    first = list(itertools.islice(rows, 1))
    missing = dict.fromkeys(name for row in first for route in routes for name in routed_rows.absent(row, route.model))
    if missing:
        print(f"turnstile: not in the first row, taken as missing: {', '.join(missing)}", file=sys.stderr)
    return itertools.chain(first, rows)


def _summary(progress: Progress, versions: Counter[int | None]) -> str:
    by = ", ".join(
        f"{count:,} by {'a version it does not tell' if version is None else f'version {version}'}"
        for version, count in versions.items()
    )
    return f"{progress.rows:,} rows in {progress.seconds:.1f} s, {progress.speed}: {by}"
