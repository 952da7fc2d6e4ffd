"""`turnstile split`: each row goes to the stable or the canary version by its key, and a report says how each did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from serving.ab.arm_report import ArmReport
from serving.ab.arms import ARMS, CANARY, STABLE, Arms, key_text, whole_row
from serving.asking import routed_rows
from serving.asking.predict import Job, prepare, progress_of, told_absent
from serving.asking.routed_rows import Answered, Asked, Choose, Route
from serving.client.base import Client, RefusedError, UnavailableError, Which
from serving.client.concurrent_calls import InOrder
from serving.client.connect import Options, first_contact, opened
from serving.client.retries import Retries
from serving.rows import reading as reader
from serving.rows import request_log
from serving.rows.answer_file import AnswerFile
from serving.rows.reading import Row
from serving.settings import Served
from turnstile.errors import TurnstileError, UsageError

# Requests without an answer, one after another in whatever arm, after which it is no arm's fault and the rest is
# not tried.
_GIVE_UP = 8


@dataclass(frozen=True, kw_only=True)
class Test:
    """How rows are divided.

    Attributes:
        percent: of the keys that the canary gets.
        key: the column with the key; the whole row if None.
        salt: see Arms.
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


def split(job: Job, test: Test, options: Options, config: Callable[[], Served]) -> dict[str, ArmReport]:
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
    with reader.open_rows(job.path, job.null_values) as rows:
        client, which = opened(options, config)
        with closing(client):
            progress = progress_of(job, rows)
            retries = Retries(job.retries, progress.note)
            routes = {arm: _route(client, which, arm, retries) for arm in test.arms}
            choose = _chooser(test, routes)
            prepare(job, options, progress, choose)
            asker = _Asker(client, retries)
            answers = InOrder[Route, Asked, Answered](asker, job.batch, client.at_once)(
                routed_rows.asked(told_absent(rows, list(routes.values())), choose)
            )
            with AnswerFile(job.out, job.form) as write, routed_rows.logging_to(job.log) as log:
                for _, answered in answers:
                    _note(asker.reports, answered, test)
                    write({"arm": answered.route.arm, "version": answered.version, **answered.outputs})
                    if not answered.error:
                        log(answered)
                    progress.done()
            progress.end()
    return asker.reports


def _route(client: Client, which: Which, arm: str, retries: Retries) -> Route:
    labelled = replace(which, label=arm)
    return Route(labelled, first_contact(client, labelled, retries), arm)


def _chooser(test: Test, routes: dict[str, Route]) -> Choose:
    arms, column = Arms(test.percent, test.salt), test.key

    def choose(row: Row) -> tuple[Route, str | None]:
        if column is None:
            return routes[arms.of(whole_row(row))], None
        if column not in row:
            raise UsageError(f"a row has no column '{column}' (--key); it has: {', '.join(map(str, row))}")
        key = key_text(row[column])
        return routes[STABLE if key is None else arms.of(key)], key

    return choose


def _note(reports: dict[str, ArmReport], answered: Answered, test: Test) -> None:
    report = reports[answered.route.arm or STABLE]
    report.rows += 1
    report.without_key += bool(test.key) and answered.key is None
    if answered.error:
        report.errors[answered.error] += 1
    else:
        report.versions[answered.version] += 1
        report.add(answered.outputs)


@dataclass
class _Asker:
    """Asks, with a request that fails as an error of its arm; called by several threads."""

    client: Client
    retries: Retries
    reports: dict[str, ArmReport] = field(default_factory=lambda: {arm: ArmReport(arm) for arm in ARMS})
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _failed: int = 0

    def __call__(self, route: Route, rows: Sequence[Asked]) -> list[Answered]:
        took = self.reports[route.arm or STABLE].seconds.append
        try:
            answered = routed_rows.ask(self.client, self.retries, route, rows, took)
        except (RefusedError, UnavailableError) as error:
            with self._lock:
                self._failed += 1
                if self._failed >= _GIVE_UP:
                    raise TurnstileError(f"{_GIVE_UP} requests in a row failed, the last: {error}") from error
            nothing: dict[str, Any] = dict.fromkeys(route.model.outputs)
            now = request_log.now()
            return [Answered(route, row.key, now, None, {}, nothing, str(error)) for row in rows]
        with self._lock:
            self._failed = 0
        return answered
