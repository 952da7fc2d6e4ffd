"""Sends rows in batches, several of them under way, and hands out the answers in the order of the rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

# Batches whose rows may wait for an answer or for company. It bounds the memory; and a kind of row that is one in a
# hundred still fills more than half a batch before it is sent.
_MOST_BATCHES = 64

Row = TypeVar("Row")
Answer = TypeVar("Answer")
Kind = TypeVar("Kind", bound=Hashable)


class _Slot(Generic[Kind, Row, Answer]):
    """A row, and where its answer will be."""

    def __init__(self, kind: Kind, row: Row):
        self.kind, self.row = kind, row
        self.batch: Future[Sequence[Answer]] | None = None  # None as long as it waits for company
        self.place = 0

    def answer(self) -> Answer:
        assert self.batch is not None
        return self.batch.result()[self.place]


class InOrder(Generic[Kind, Row, Answer]):
    """Batches of rows of one kind each, such as the arms of an A/B test.

    Args:
        ask: answers a batch; called by several threads.
        size: rows of a batch.
        at_once: batches under way.
    """

    def __init__(self, ask: Callable[[Kind, Sequence[Row]], Sequence[Answer]], size: int, at_once: int):
        self._ask, self._size = ask, size
        self._pool = ThreadPoolExecutor(at_once)
        self._waiting: deque[_Slot[Kind, Row, Answer]] = deque()
        self._company: dict[Kind, list[_Slot[Kind, Row, Answer]]] = {}

    def __call__(self, rows: Iterable[tuple[Kind, Row]]) -> Iterator[tuple[Row, Answer]]:
        """Gives each row with its answer, in order; raises what `ask` raised, when it is that row's turn."""
        try:
            for kind, row in rows:
                self._add(kind, row)
                yield from self._answered()
            for kind in list(self._company):
                self._send(kind)
            while self._waiting:
                yield self._take()
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _add(self, kind: Kind, row: Row) -> None:
        slot = _Slot[Kind, Row, Answer](kind, row)
        self._waiting.append(slot)
        company = self._company.setdefault(kind, [])
        company.append(slot)
        if len(company) == self._size:
            self._send(kind)

    def _send(self, kind: Kind) -> None:
        slots = self._company.pop(kind)
        batch = self._pool.submit(self._ask, kind, [slot.row for slot in slots])
        for place, slot in enumerate(slots):
            slot.batch, slot.place = batch, place

    def _answered(self) -> Iterator[tuple[Row, Answer]]:
        while self._waiting and (batch := self._waiting[0].batch) and batch.done():
            yield self._take()
        if len(self._waiting) >= self._size * _MOST_BATCHES:
            if not self._waiting[0].batch:
                self._send(self._waiting[0].kind)
            yield self._take()

    def _take(self) -> tuple[Row, Answer]:
        slot = self._waiting.popleft()
        return slot.row, slot.answer()
