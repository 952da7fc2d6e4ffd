"""Batching: requests that wait at the same moment are answered by one run of the model.

Greedy by default: whatever is queued when the model is free is one batch, and nothing waits for more to come. The model
runs on a thread of its own, without Python's lock; meanwhile the event loop reads the requests of the next batch.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from serving.model.request_error import UNAVAILABLE, RequestError

# Rows beyond which a request has a thread of its own, where the batch is not larger: they take a model long, and who
# sends so many at once waits anyway.
_LARGE_ROWS = 4096

Arrays = dict[str, np.ndarray]
Run = Callable[[str, Arrays, Sequence[str] | None], Arrays]


@dataclass(frozen=True)
class BatchingOptions:
    """The parameters of batching, as TensorFlow Serving has them.

    Attributes:
        enabled: whether requests may share a run at all.
        max_batch_size: rows of a run; a single request may have more, and runs alone.
        batch_timeout_micros: how long the first request of a batch waits for others; 0 waits for none.
        max_enqueued_rows: rows that may wait; a request beyond them is refused as UNAVAILABLE.
    """

    enabled: bool = True
    max_batch_size: int = 256
    batch_timeout_micros: int = 0
    max_enqueued_rows: int = 65_536


@dataclass
class _Task:
    signature: str
    inputs: Arrays
    outputs: Sequence[str] | None
    answer: asyncio.Future
    arrived: float  # by the loop's clock
    rows: int = field(init=False)
    kind: tuple | None = field(init=False)  # tasks of one kind can share a run; None shares with none

    def __post_init__(self) -> None:
        sizes = {array.shape[0] for array in self.inputs.values() if array.ndim}
        alike = len(sizes) == 1 and all(array.ndim for array in self.inputs.values())
        self.rows = next(iter(sizes)) if alike else 1
        shapes = tuple((name, array.shape[1:]) for name, array in self.inputs.items())
        outputs = tuple(self.outputs) if self.outputs else None
        self.kind = (self.signature, outputs, frozenset(shapes)) if alike else None


class Batcher:
    """The queue in front of one model. To be used from its event loop's thread only.

    Args:
        run: runs a signature on arrays; called on the batcher's thread.
        options: sizes and times.
        observe: told the rows and the seconds of each run.
    """

    def __init__(self, run: Run, options: BatchingOptions, observe: Callable[[int, float], None]):
        self._run, self._options, self._observe = run, options, observe
        self._loop = asyncio.get_running_loop()
        self._queue: deque[_Task] = deque()
        self._busy = self._scheduled = self._closed = False
        self._batches: queue.SimpleQueue[list[_Task] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, args=(self._batches,), name="model", daemon=True).start()
        self._large: queue.SimpleQueue[list[_Task] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, args=(self._large,), name="large", daemon=True).start()
        self.enqueued_rows = 0
        self._large_rows = 0  # of requests for the other thread that have no answer yet
        self.pending = 0  # requests that have no answer yet

    def submit(self, signature: str, inputs: Arrays, outputs: Sequence[str] | None = None) -> asyncio.Future:
        """Queues a request; the future gives its outputs, or what the model raised.

        Raises:
            RequestError: the queue is full, or closed.
        """
        task = _Task(signature, inputs, outputs, self._loop.create_future(), self._loop.time())
        if self._closed:
            raise RequestError(UNAVAILABLE, "The model is being unloaded")
        is_large = self._is_large(task)
        waiting = self._large_rows if is_large else self.enqueued_rows
        if waiting and waiting + task.rows > self._options.max_enqueued_rows:
            raise RequestError(UNAVAILABLE, "The batch scheduling queue to which this task was submitted is full")
        if is_large:
            self._large_rows += task.rows
            self.pending += 1
            self._large.put([task])
            return task.answer
        self._queue.append(task)
        self.enqueued_rows += task.rows
        self.pending += 1
        self._schedule(first=len(self._queue) == 1)
        return task.answer

    def close(self) -> None:
        """Ends the thread."""
        self._closed = True
        self._batches.put(None)
        self._large.put(None)

    def _is_large(self, task: _Task) -> bool:
        """Whether a request would hold up the others if it ran on their thread: it shares its run with none anyway."""
        return task.rows > max(self._options.max_batch_size, _LARGE_ROWS)

    def _schedule(self, first: bool = False) -> None:
        """Runs the queue at the loop's next turn, by when every request that is there has been read; or later.

        Args:
            first: whether the oldest request of the queue has just become so.
        """
        wait = self._options.batch_timeout_micros / 1e6 if self._options.enabled else 0
        left = self._queue[0].arrived + wait - self._loop.time()
        if wait and left > 0 and self.enqueued_rows < self._options.max_batch_size:
            if first:
                self._loop.call_later(left, self._flush)
        elif not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        if self._busy or not self._queue:
            return
        self._busy = True
        self._batches.put(self._take())

    def _take(self) -> list[_Task]:
        """Takes the oldest request, and those after it that can share its run."""
        batch = [self._queue.popleft()]
        rows = batch[0].rows
        while self._options.enabled and self._queue and self._queue[0].kind == batch[0].kind is not None:
            if rows + self._queue[0].rows > self._options.max_batch_size:
                break
            rows += self._queue[0].rows
            batch.append(self._queue.popleft())
        self.enqueued_rows -= rows
        return batch

    def _work(self, batches: queue.SimpleQueue[list[_Task] | None]) -> None:
        while batch := batches.get():
            started = time.perf_counter()
            answers = answer(self._run, [(task.signature, task.inputs, task.outputs) for task in batch])
            seconds = time.perf_counter() - started
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits for an answer any more
                self._loop.call_soon_threadsafe(self._deliver, batch, answers, seconds)
            del batch, answers  # or it would keep them until there is another

    def _deliver(self, batch: list[_Task], answers: list[Any], seconds: float) -> None:
        if self._is_large(batch[0]):
            self._large_rows -= batch[0].rows
        else:
            self._busy = False
            if self._queue:
                self._schedule(first=True)
        self.pending -= len(batch)
        self._observe(sum(task.rows for task in batch), seconds)
        for task, result in zip(batch, answers, strict=True):
            if task.answer.done():  # its client has gone
                continue
            if isinstance(result, Exception):
                task.answer.set_exception(result)
            else:
                task.answer.set_result(result)


def answer(run: Run, requests: list[tuple[str, Arrays, Sequence[str] | None]]) -> list[Arrays | Exception]:
    """Answers requests of one kind by one run; one by one when it fails, so that a bad one does not fail the others."""
    if len(requests) == 1:
        try:
            return [run(*requests[0])]
        except Exception as error:
            return [error]
    signature, first, outputs = requests[0]
    try:
        merged = {name: np.concatenate([inputs[name] for _, inputs, _ in requests]) for name in first}
        found = run(signature, merged, outputs)
        sizes = [next(iter(inputs.values())).shape[0] for _, inputs, _ in requests]
        return list(_split(found, sizes))
    except Exception:
        return [answer(run, [request])[0] for request in requests]


def _split(outputs: Mapping[str, np.ndarray], sizes: list[int]) -> list[Arrays]:
    if any(array.ndim == 0 or array.shape[0] != sum(sizes) for array in outputs.values()):
        raise ValueError("an output's first dimension is not the batch")
    ends = np.cumsum(sizes).tolist()
    return [
        {name: array[end - size : end] for name, array in outputs.items()}
        for size, end in zip(sizes, ends, strict=True)
    ]
