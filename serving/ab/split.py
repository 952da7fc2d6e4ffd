"""`turnstile split`: each row goes to the stable or the canary version by its key, and a report says how each did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from serving.ab.arm_report import ArmReport
from serving.ab.arms import ARMS, CANARY, STABLE, Arms, key_text, row_as_key
from serving.asking import routed_rows
from serving.asking.kept_columns import kept_columns
from serving.asking.predict import Job, check_before_sending, rows_progress, tell_absent
from serving.asking.routed_rows import AnsweredRow, ChooseRoute, PreparedRow, Route
from serving.client.base import Client, ModelSpec, RefusedError, UnavailableError
from serving.client.concurrent_calls import OrderedBatches
from serving.client.connect import Options, connect, fetch_signature
from serving.client.retries import Retries
from serving.model.dtypes import INT64, STRING
from serving.rows import request_log
from serving.rows.answer_file import AnswerFile
from serving.rows.reading import Row
from serving.settings import Served
from turnstile.errors import TurnstileError, UsageError

# After so many requests in a row without an answer, in whatever arm, no arm is to blame, and no more are sent.
_MAX_FAILURES_IN_A_ROW = 8


@dataclass(frozen=True, kw_only=True)
class Division:
    """How rows are divided.

    Attributes:
        percent: the percentage of the keys that the canary gets.
        key: the column with the key; the whole row is the key if it is None.
        salt: text that the hash depends on; see Arms.
    """

    percent: float
    key: str | None = None
    salt: str = ""

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that may get rows; rows without a key go to stable, whatever the canary's share."""
        if self.percent <= 0:
            return (STABLE,)
        return (CANARY,) if self.percent >= 100 and self.key is None else ARMS


def split(job: Job, test: Division, options: Options, config: Callable[[], Served]) -> dict[str, ArmReport]:
    """Asks the stable or the canary version about each row of a file, and writes the answers in the rows' order.

    Args:
        job: the file, and how to ask.
        test: how its rows are divided.
        options: whom to ask.
        config: reads the pipeline's config.

    Returns:
        How each arm did.

    Raises:
        UsageError: the file or an option is wrong, or a label that gets rows is on no version; nothing was sent.
        TurnstileError: no request is answered any more.
    """
    with job.rows() as rows:
        client, spec = connect(options, config)
        with closing(client), rows_progress(job, rows) as progress:
            retries = Retries(job.retries, progress.note)
            routes = {arm: _route(client, spec, arm, retries) for arm in test.arms}
            columns = _answer_columns(routes.values())
            kept, choose = kept_columns(job.keep, columns), _chooser(test, routes)
            check_before_sending(job, options, progress, choose, kept)
            asker = _CountingAsker(client, retries)
            answers = OrderedBatches[Route, PreparedRow, AnsweredRow](asker, job.batch_rows, client.max_concurrent)(
                routed_rows.prepared(tell_absent(rows, list(routes.values()), progress.note), choose, kept, job.decimal)
            )
            file = AnswerFile(job.out, job.form, kept.types(rows.types) | columns, progress.note)
            with file as write, routed_rows.logging_to(job.log) as log:
                for row, answered in answers:
                    _count(asker.reports, answered, test)
                    write({**row.kept, "arm": answered.route.arm, "version": answered.version, **answered.outputs})
                    if not answered.error:
                        log(answered)
                    progress.done()
            progress.end()
    return asker.reports


def _answer_columns(routes: Iterable[Route]) -> dict[str, int | None]:
    """Returns the columns of the answers, with the numbers of their dtypes; None where two models disagree."""
    columns: dict[str, int | None] = {"arm": STRING, "version": INT64}
    for route in routes:
        for name, dtype in route.signature.outputs.items():
            columns[name] = dtype if columns.setdefault(name, dtype) == dtype else None
    return columns


def _route(client: Client, spec: ModelSpec, arm: str, retries: Retries) -> Route:
    labelled = replace(spec, label=arm)
    return Route(labelled, fetch_signature(client, labelled, retries), arm)


def _chooser(test: Division, routes: dict[str, Route]) -> ChooseRoute:
    arms, column = Arms(test.percent, test.salt), test.key

    def choose(row: Row) -> tuple[Route, str | None]:
        if column is None:
            return routes[arms.arm_of(row_as_key(row))], None
        if column not in row:
            raise UsageError(f"a row has no column '{column}' (--key); it has: {', '.join(map(str, row))}")
        key = key_text(row[column])
        return routes[STABLE if key is None else arms.arm_of(key)], key

    return choose


def _count(reports: dict[str, ArmReport], answered: AnsweredRow, test: Division) -> None:
    report = reports[answered.route.arm or STABLE]
    report.rows += 1
    report.without_key += bool(test.key) and answered.key is None
    if answered.error:
        report.errors[answered.error] += 1
    else:
        report.versions[answered.version] += 1
        report.add(answered.outputs)


@dataclass
class _CountingAsker:
    """Asks, with a request that fails as an error of its arm; called by several threads."""

    client: Client
    retries: Retries
    reports: dict[str, ArmReport] = field(default_factory=lambda: {arm: ArmReport(arm) for arm in ARMS})
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _failed: int = 0

    def __call__(self, route: Route, rows: Sequence[PreparedRow]) -> list[AnsweredRow]:
        took = self.reports[route.arm or STABLE].seconds.append
        try:
            answered = routed_rows.ask(self.client, self.retries, route, rows, took)
        except (RefusedError, UnavailableError) as error:
            with self._lock:
                self._failed += 1
                if self._failed >= _MAX_FAILURES_IN_A_ROW:
                    raise TurnstileError(
                        f"{_MAX_FAILURES_IN_A_ROW} requests in a row failed, the last: {error}"
                    ) from error
            nothing: dict[str, Any] = dict.fromkeys(route.signature.outputs)
            now = request_log.now()
            return [AnsweredRow(route, row.key, now, None, {}, nothing, str(error)) for row in rows]
        with self._lock:
            self._failed = 0
        return answered
