"""Threads that work ahead: for functions that spend their time in C++, which does not hold Python's lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
Made = TypeVar("Made")


def ahead(make: Callable[[T], Made], items: Iterable[T], threads: int) -> Iterator[Made]:
    """Yields what is made of each item, in order, while threads make the next ones.

    Args:
        make: is called by several threads at once.
        items: are taken by the caller's thread, as they are needed.
        threads: how many threads there are, and how many items they are ahead.
    """
    with ThreadPoolExecutor(threads) as pool:
        upcoming: deque[Future[Made]] = deque()
        for item in items:
            upcoming.append(pool.submit(make, item))
            if len(upcoming) > threads:
                yield upcoming.popleft().result()
        while upcoming:
            yield upcoming.popleft().result()
