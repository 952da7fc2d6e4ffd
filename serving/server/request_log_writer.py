"""The local server's request log: rows are handed over on the event loop, and written by a thread of their own."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from serving.model.protos import example_pb2
from serving.rows import request_log
from serving.rows.reading import readable, to_rows
from serving.rows.request_log import Logged
from serving.server.servable import Servable

logger = logging.getLogger("turnstile.serve")

Arrays = Mapping[str, np.ndarray]

# Rows that may wait to be written. Beyond it they are left out of the log: a slow disk must not fill the memory.
_MOST_WAITING = 65_536
_EXAMPLES = "examples"  # the input of signatures that take serialized tf.train.Examples


@dataclass(frozen=True)
class _Request:
    time: str
    model: str
    version: int
    label: str | None
    inputs: Arrays
    outputs: Arrays
    rows: np.ndarray  # numbers of those to log

    def lines(self) -> list[Logged]:
        """Its sampled rows, as the log has them."""
        asked, answered = _inputs(self.inputs, self.rows), to_rows(_rows(self.outputs, self.rows))
        return [
            Logged(
                time=self.time,
                model=self.model,
                version=self.version,
                label=self.label,
                inputs=inputs,
                outputs=outputs,
            )
            for inputs, outputs in zip(asked, answered, strict=True)
        ]


class RequestLog:
    """Logs a share of the rows that are asked.

    Args:
        path: the file to add to.
        rate: the share, between 0 and 1.

    Raises:
        UsageError: the file cannot be written.
    """

    def __init__(self, path: Path, rate: float):
        self._writer, self._rate = request_log.Writer(path), rate
        self._random = np.random.default_rng()
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        # Each number is changed by one thread alone: `taken` and `left_out` by the event loop's.
        self._taken = self._written = self._left_out = 0
        self._thread = threading.Thread(target=self._write, name="request-log", daemon=True)
        self._thread.start()

    def predicted(self, served: Servable, label: str | None, inputs: Arrays, outputs: Arrays) -> None:
        """Takes a request and its answer; on the event loop's thread, which it does not hold up.

        Args:
            served: the version that answered.
            label: what was asked for, if it was a label.
            inputs: the inputs by name; their first dimension is the rows.
            outputs: the outputs by name, in the same form.
        """
        rows = self._sampled(max((len(array) for array in inputs.values() if array.ndim), default=1))
        if not len(rows):
            return
        if self._taken - self._written + len(rows) > _MOST_WAITING:
            self._leave_out(len(rows))
            return
        self._taken += len(rows)
        self._queue.put(_Request(request_log.now(), served.name, served.version, label, inputs, outputs, rows))

    def close(self) -> None:
        """Writes what is left, and closes the file."""
        self._queue.put(None)
        self._thread.join()

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


def _rows(arrays: Arrays, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Takes some rows of each array; one that has no rows, such as a scalar, goes to each."""
    last = rows[-1]
    return {
        name: array[rows] if array.ndim and len(array) > last else np.stack([array] * len(rows))
        for name, array in sorted(arrays.items())  # gRPC has them in any order
    }


def _inputs(arrays: Arrays, rows: np.ndarray) -> list[dict[str, Any]]:
    examples = arrays.get(_EXAMPLES)
    if examples is None or len(arrays) > 1 or examples.dtype != object:
        return to_rows(_rows(arrays, rows))
    try:
        return [_columns(example_pb2.Example.FromString(example)) for example in examples.ravel()[rows]]
    except DecodeError:
        return to_rows(_rows(arrays, rows))


def _columns(example: Any) -> dict[str, Any]:
    """Takes an example apart into its columns: a value, None for none, a list for several."""
    found = {}
    for name, feature in sorted(example.features.feature.items()):
        kind = feature.WhichOneof("kind")
        values = list(getattr(feature, kind).value) if kind else []
        texts = [readable(value) for value in values] if kind == "bytes_list" else values
        found[name] = texts if len(texts) > 1 else texts[0] if texts else None
    return found
