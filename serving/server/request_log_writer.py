"""The local server's request log: rows are handed over on the event loop, and written by a thread of their own."""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from serving.model.request_error import INVALID_ARGUMENT, RequestError
from serving.rows import asked_rows, request_log
from serving.rows.asked_rows import Arrays
from serving.rows.reading import to_rows
from serving.rows.request_log import Logged
from serving.server.servable import Servable

logger = logging.getLogger("turnstile.serve")

# The header of a request, over gRPC its metadata, with the key of each of its rows; percent-encoded, commas between.
KEYS = "turnstile-keys"

# Rows that may wait to be written. Beyond it they are left out of the log: a slow disk must not fill the memory.
_MOST_WAITING = 65_536


@dataclass(frozen=True)
class _Request:
    time: str
    model: str
    version: int
    label: str | None
    inputs: Arrays
    outputs: Arrays
    rows: np.ndarray  # numbers of those to log
    keys: str  # as KEYS has them

    def lines(self) -> list[Logged]:
        """Its sampled rows, as the log has them."""
        asked = asked_rows.asked(self.inputs, self.rows)
        answered = to_rows(asked_rows.chosen(self.outputs, self.rows))
        keys = self._keys()
        return [
            Logged(
                time=self.time,
                model=self.model,
                version=self.version,
                label=self.label,
                key=key,
                inputs=inputs,
                outputs=outputs,
            )
            for key, inputs, outputs in zip(keys, asked, answered, strict=True)
        ]

    def _keys(self) -> list[str | None]:
        """The keys of the rows to log; none if there are not as many keys as rows: nobody knows whose they are."""
        given = self.keys.split(",") if self.keys else []
        if len(given) != asked_rows.count(self.inputs):
            return [None] * len(self.rows)
        return [unquote(given[number].strip()) or None for number in self.rows]


@dataclass(frozen=True)
class _Refused:
    line: Logged
    rows: range = range(1)  # nobody knows how many there were; it is one line

    def lines(self) -> list[Logged]:
        return [self.line]


class RequestLog:
    """Logs a share of the rows that are asked, and of the requests that are refused.

    Args:
        path: the file to add to.
        rate: the share, between 0 and 1.

    Raises:
        UsageError: the file cannot be written.
    """

    def __init__(self, path: Path, rate: float):
        self._writer, self._rate = request_log.Writer(path), rate
        self._random = np.random.default_rng()
        self._queue: queue.SimpleQueue[_Request | _Refused | None] = queue.SimpleQueue()
        # Each number is changed by one thread alone: `taken` and `left_out` by the event loop's.
        self._taken = self._written = self._left_out = 0
        self._thread = threading.Thread(target=self._write, name="request-log", daemon=True)
        self._thread.start()

    def predicted(self, served: Servable, label: str | None, inputs: Arrays, outputs: Arrays, keys: str = "") -> None:
        """Takes a request and its answer; on the event loop's thread, which it does not hold up.

        Args:
            served: the version that answered.
            label: what was asked for, if it was a label.
            inputs: the inputs by name; their first dimension is the rows.
            outputs: the outputs by name, in the same form.
            keys: as the header KEYS has them.
        """
        rows = self._sampled(asked_rows.count(inputs))
        if len(rows):
            self._put(_Request(request_log.now(), served.name, served.version, label, inputs, outputs, rows, keys))

    def refused(self, served: Servable, label: str | None, error: RequestError) -> None:
        """Takes a request that was refused, if it was at fault itself; as `predicted`.

        Args:
            served: the version that was asked.
            label: what was asked for, if it was a label.
            error: why there is no answer.
        """
        if error.code == INVALID_ARGUMENT and len(self._sampled(1)):
            line = Logged(
                time=request_log.now(),
                model=served.name,
                version=served.version,
                label=label,
                inputs={},
                outputs={},
                error=error.message,
            )
            self._put(_Refused(line))

    def close(self) -> None:
        """Writes what is left, and closes the file."""
        self._queue.put(None)
        self._thread.join()

    def _put(self, request: _Request | _Refused) -> None:
        count = len(request.rows)
        if self._taken - self._written + count > _MOST_WAITING:
            self._leave_out(count)
            return
        self._taken += count
        self._queue.put(request)

    def _sampled(self, rows: int) -> np.ndarray:
        return np.arange(rows) if self._rate == 1 else np.flatnonzero(self._random.random(rows) < self._rate)

    def _leave_out(self, rows: int) -> None:
        if not self._left_out:
            logger.warning("the request log cannot keep up; rows are left out of it. Log fewer: --log-rate 0.1")
        self._left_out += rows

    def _write(self) -> None:
        failed = False
        while request := self._queue.get():
            try:
                self._writer.write(request.lines())
                failed = False
            except Exception as error:  # whatever it is, requests are answered on
                if not failed:
                    logger.warning("the request log cannot be written (%s); requests are answered on", error)
                failed = True
            self._written += len(request.rows)
        self._writer.close()
        if self._left_out:
            logger.warning("%d rows were left out of the request log", self._left_out)
