"""Sends rows in batches, several at the same time, and returns the answers in the order of the rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

# How many batches of rows may wait, for an answer or until their batch is full. This bounds the memory. It is large
# enough that a kind of row that is one in a hundred fills more than half a batch before the batch is sent.
_MAX_BATCHES_WAITING = 64

Row = TypeVar("Row")
Answer = TypeVar("Answer")
Kind = TypeVar("Kind", bound=Hashable)


class _PendingRow(Generic[Kind, Row, Answer]):
    """A row that waits for its answer."""

    def __init__(self, kind: Kind, row: Row):
        self.kind, self.row = kind, row
        self.batch: Future[Sequence[Answer]] | None = None  # None until the batch is full and sent
        self.index_in_batch = 0

    def answer(self) -> Answer:
        assert self.batch is not None
        return self.batch.result()[self.index_in_batch]


class OrderedBatches(Generic[Kind, Row, Answer]):
    """Sends rows in batches of one kind each, such as an arm of an A/B test, and keeps the order of the answers.

    Args:
        ask: a function that answers a batch of one kind; several threads call it.
        size: the number of rows in a batch.
        max_concurrent: the largest number of batches that wait for an answer at the same time.
    """

    def __init__(self, ask: Callable[[Kind, Sequence[Row]], Sequence[Answer]], size: int, max_concurrent: int):
        self._ask, self._size = ask, size
        self._pool = ThreadPoolExecutor(max_concurrent)
        self._waiting: deque[_PendingRow[Kind, Row, Answer]] = deque()
        self._unsent: dict[Kind, list[_PendingRow[Kind, Row, Answer]]] = {}

    def __call__(self, rows: Iterable[tuple[Kind, Row]]) -> Iterator[tuple[Row, Answer]]:
        """Returns each row with its answer, in order; what `ask` raised is raised when it is that row's turn."""
        try:
            for kind, row in rows:
                self._add(kind, row)
                yield from self._answered()
            for kind in list(self._unsent):
                self._send(kind)
            while self._waiting:
                yield self._take()
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _add(self, kind: Kind, row: Row) -> None:
        pending_row = _PendingRow[Kind, Row, Answer](kind, row)
        self._waiting.append(pending_row)
        unsent = self._unsent.setdefault(kind, [])
        unsent.append(pending_row)
        if len(unsent) == self._size:
            self._send(kind)

    def _send(self, kind: Kind) -> None:
        pending = self._unsent.pop(kind)
        batch = self._pool.submit(self._ask, kind, [pending_row.row for pending_row in pending])
        for index, pending_row in enumerate(pending):
            pending_row.batch, pending_row.index_in_batch = batch, index

    def _answered(self) -> Iterator[tuple[Row, Answer]]:
        while self._waiting and (batch := self._waiting[0].batch) and batch.done():
            yield self._take()
        if len(self._waiting) >= self._size * _MAX_BATCHES_WAITING:
            if not self._waiting[0].batch:
                self._send(self._waiting[0].kind)
            yield self._take()

    def _take(self) -> tuple[Row, Answer]:
        pending_row = self._waiting.popleft()
        return pending_row.row, pending_row.answer()


def in_order(call: Callable[[Row], Answer], rows: Iterable[Row], max_concurrent: int) -> Iterator[Answer]:
    """Calls a function in threads, and yields what it returns, or raises, in the order of the arguments.

    Args:
        call: the function; several threads call it.
        rows: the arguments; no more of them are taken than are worth having ready.
        max_concurrent: how many calls there are at the same time.
    """
    pool, waiting = ThreadPoolExecutor(max_concurrent), deque[Future[Answer]]()
    try:
        for row in rows:
            waiting.append(pool.submit(call, row))
            if len(waiting) > 2 * max_concurrent:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
