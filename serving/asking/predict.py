"""`turnstile predict`: rows in, predictions out, from a model server, the serving folder, or any exported model."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass

from serving.asking import routed_rows
from serving.asking.kept_columns import KeptColumns, kept_columns
from serving.asking.routed_rows import AnsweredRow, ChooseRoute, PreparedRow, Route
from serving.client.concurrent_calls import OrderedBatches
from serving.client.connect import Options, connect, fetch_signature
from serving.client.retries import Retries
from serving.rows import reading as reader
from serving.rows.answer_file import AnswerFile
from serving.rows.reading import Row, Rows
from serving.rows.rows_progress import RowsProgress
from serving.settings import Served
from turnstile import csv_dialect
from turnstile.csv_dialect import Dialect


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to do with a file.

    Attributes:
        path: a .csv, .jsonl or .parquet file, or "-" for JSON lines on standard input.
        out: the file to write; standard output if None.
        form: the format of what is written; see answer_file.AnswerFile.
        keep: the columns of the input that stand in front of the answers; see kept_columns.
        log: the request log to add to, if any.
        batch: how many rows are sent in one request.
        retries: how often a request is sent again when no answer comes.
        null_values: text that stands for a missing value; see reading.open_rows.
        dialect: how a CSV file is written.
    """

    path: str
    out: str | None = None
    form: str | None = None
    keep: tuple[str, ...] = ()
    log: str | None = None
    batch: int = 1024
    retries: int = 5
    null_values: tuple[str, ...] = ()
    dialect: Dialect = csv_dialect.PLAIN

    @property
    def decimal(self) -> str:
        """The character before the decimals of a number: JSON has a point, whatever the config says of CSV."""
        return self.dialect.decimal if csv_dialect.is_csv(self.path) else "."

    def rows(self) -> AbstractContextManager[Rows]:
        """Opens the file; see reading.open_rows."""
        return reader.open_rows(self.path, self.null_values, self.dialect)


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

            def choose(_: Row) -> tuple[Route, None]:
                return route, None

            check_before_sending(job, options, progress, choose, kept)
            batches = OrderedBatches[Route, PreparedRow, AnsweredRow](
                lambda route, batch: routed_rows.ask(client, retries, route, batch), job.batch, client.max_concurrent
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


def rows_progress(job: Job, rows: Rows) -> RowsProgress:
    """Shows how much of a file has been read; nothing where the answers themselves are shown."""

    def portion(done: int) -> float | None:
        share = rows.share()
        return None if share is None or not rows.count else share * done / rows.count

    return RowsProgress(sys.stderr, portion, shown=bool(job.out) or not sys.stdout.isatty())


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


def tell_absent(rows: Rows, routes: list[Route], tell: Callable[[str], None]) -> Iterator[Row]:
    """Tells which inputs the first row has no column for, and returns all rows.

    Raises:
        UsageError: the first row has no column of a model at all.
    """
    first = list(itertools.islice(rows, 1))
    absent = dict.fromkeys(
        name for row in first for route in routes for name in routed_rows.absent_inputs(row, route.signature)
    )
    if absent:
        tell(f"not in the first row, taken as missing: {', '.join(absent)}")
    return itertools.chain(first, rows)


def _summary(progress: RowsProgress, versions: Counter[int | None]) -> str:
    by = ", ".join(
        f"{count:,} by {'a version it does not tell' if version is None else f'version {version}'}"
        for version, count in versions.items()
    )
    return f"{progress.rows:,} rows in {progress.seconds:.1f} s, {progress.speed}: {by}"
