"""`turnstile predict`: rows in, predictions out, from a model server, the serving folder, or any exported model."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing

from serving.asking import by_columns, routed_rows
from serving.asking.job import Job
from serving.asking.kept_columns import KeptColumns, kept_columns
from serving.asking.routed_rows import AnsweredRow, ChooseRoute, PreparedRow, Route
from serving.client.concurrent_calls import OrderedBatches
from serving.client.connect import Options, connect, fetch_signature
from serving.client.retries import Retries
from serving.rows.answer_file import AnswerFile
from serving.rows.reading import Row, Rows
from serving.rows.rows_progress import RowsProgress
from serving.settings import Served


def predict(job: Job, options: Options, config: Callable[[], Served]) -> None:
    """Predicts for each row of a file.

    Args:
        job: the file, and how to send its rows.
        options: whom to ask.
        config: reads the pipeline's config.

    Raises:
        UsageError: the file or an option is wrong; nothing was sent (of standard input: not that row).
        UnavailableError: no answer came, however often a request was sent.
        RefusedError: the server refused a request.
    """
    with job.rows() as rows:
        client, spec = connect(options, config)
        with closing(client), rows_progress(job, rows) as progress:
            retries = Retries(job.retries, progress.note)
            route = Route(spec, fetch_signature(client, spec, retries))
            kept = kept_columns(job.keep, route.signature.outputs)
            if job.has_columns and not options.online:
                by_columns.predict(job, client, route, kept, progress)
                return

            def choose(_: Row) -> tuple[Route, None]:
                return route, None

            check_before_sending(job, options, progress, choose, kept)
            batches = OrderedBatches[Route, PreparedRow, AnsweredRow](
                lambda route, batch: routed_rows.ask(client, retries, route, batch),
                job.batch_rows,
                client.max_concurrent,
            )
            told = tell_absent(rows, [route], progress.note)
            answers = batches(routed_rows.prepared(told, choose, kept, job.decimal))
            types = kept.types(rows.types) | dict(route.signature.outputs)
            file = AnswerFile(job.out, job.form, types, progress.note)
            with file as write, routed_rows.logging_to(job.log) as log:
                versions: Counter[int | None] = Counter()
                for row, answered in answers:
                    write({**row.kept, **answered.outputs})
                    log(answered)
                    versions[answered.version] += 1
                    progress.done()
            progress.end(_summary(progress, versions) if options.online else "")


def rows_progress(job: Job, rows: Rows, waits: bool = False) -> RowsProgress:
    """Shows how much of a file has been read; nothing where the answers themselves are shown meanwhile.

    Args:
        job: the file, and where its answers go.
        rows: its rows.
        waits: whether all answers are shown at the end.
    """

    def portion(done: int) -> float | None:
        share = rows.share()
        return None if share is None or not rows.count else share * done / rows.count

    return RowsProgress(sys.stderr, portion, shown=waits or bool(job.out) or not sys.stdout.isatty())


def check_before_sending(
    job: Job, options: Options, progress: RowsProgress, choose: ChooseRoute, kept: KeptColumns
) -> None:
    """Checks a whole file before its first row is sent to a server, after which its length is known, too.

    Raises:
        UsageError: see routed_rows.prepared.
    """
    if options.online and job.path != "-":
        with job.rows() as rows:
            total = routed_rows.count_valid_rows(rows, choose, kept, job.decimal)
        progress.portion = lambda done: done / total


def tell_absent(rows: Iterator[Row], routes: list[Route], tell: Callable[[str], None]) -> Iterator[Row]:
    """Tells which inputs the first row has no column for, and returns all rows.

    Raises:
        UsageError: the first row has no column of a model at all.
    """
    first = list(itertools.islice(rows, 1))
    for row in first:
        routed_rows.tell_absent(row, routes, tell)
    return itertools.chain(first, rows)


def _summary(progress: RowsProgress, versions: Counter[int | None]) -> str:
    by = ", ".join(
        f"{count:,} by {'a version it does not tell' if version is None else f'version {version}'}"
        for version, count in versions.items()
    )
    return f"{progress.rows:,} rows in {progress.seconds:.1f} s, {progress.speed}: {by}"
