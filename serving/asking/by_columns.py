"""Predicts for the rows of a CSV or Parquet file without a server, by whole columns."""

from __future__ import annotations

from collections.abc import Iterator

from serving.asking import routed_rows
from serving.asking.job import Job
from serving.asking.kept_columns import KeptColumns
from serving.asking.routed_rows import Route
from serving.asking.tables import Answers, Asker
from serving.client.base import Client
from serving.client.concurrent_calls import in_order
from serving.rows.answer_file import AnswerFile
from serving.rows.rows_progress import RowsProgress
from serving.tables.files import ROWS_AT_A_TIME, open_table
from turnstile.errors import UsageError


def predict(job: Job, client: Client, route: Route, kept: KeptColumns, progress: RowsProgress) -> None:
    """Predicts for each row of a file; see serving.asking.predict.

    Args:
        job: the file, and what to write.
        client: asks the model; it takes Texts.
        route: the model.
        kept: the columns to keep.
        progress: shows how far it is.

    Raises:
        UsageError: the file or an option is wrong.
        RefusedError: the model refused to answer.
    """
    file = open_table(job.path, job.null_values, job.dialect)
    progress.portion = lambda _: file.share()
    names = dict.fromkeys(file.names)
    kept.check(names)
    routed_rows.tell_absent(names, [route], progress.note)
    asker = Asker(client, route.spec, route.signature, file.names, kept, file.decimal)
    tables = file.tables(asker.columns, list(kept.names), rows=job.batch or ROWS_AT_A_TIME)
    out = AnswerFile(job.out, job.form, kept.types(file.types) | dict(route.signature.outputs), progress.note)
    with out:
        for answers in _checked(in_order(asker, tables, client.max_concurrent)):
            out.write_columns(answers.columns)
            progress.done(answers.rows)
    progress.end()


def _checked(found: Iterator[Answers]) -> Iterator[Answers]:
    """Yields answers until a row is a reject.

    Raises:
        UsageError: which row it is, and why; or there are no rows.
    """
    before = 0
    for answers in found:
        for row, reason in answers.rejects[:1]:
            raise UsageError(f"row {before + row + 1}, {reason}")
        yield answers
        before += answers.rows
    if not before:
        raise UsageError(routed_rows.NO_ROWS)
