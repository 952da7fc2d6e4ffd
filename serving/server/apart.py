"""Runs functions in a process of their own: reading or writing 50 MB would hold up every other request.

A thread would not do: orjson, protobuf and NumPy keep Python's lock until they are done, for half a second and more.
Large buffers go through the pipe as they are, beside the pickle of what refers to them (PEP 574), and neither side
keeps the lock while it reads or writes them.
"""

from __future__ import annotations

import asyncio
import io
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import Message

from serving.model.protos import classification_pb2, meta_graph_pb2, model_pb2, regression_pb2
from serving.model.request_error import UNAVAILABLE, RequestError

_PROTOCOL = 5
_KINDS = (
    classification_pb2.ClassificationResult,
    meta_graph_pb2.TensorInfo,
    model_pb2.ModelSpec,
    regression_pb2.RegressionResult,
)
_MESSAGES = {kind.DESCRIPTOR.full_name: kind for kind in _KINDS}
_ROOT = Path(__file__).parents[2]  # there `-m` finds the module, installed or not
_SOME = 10_000  # values that are handled at a time: others get their turn in between


class Raised:
    """What a function raised, on its way back."""

    def __init__(self, error: Exception):
        self.error = error


class Apart:
    """The other process. One function at a time; others wait."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="apart")
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Starts the process before it is needed, for the first large request would start it at the others' cost."""
        self._thread.submit(self._running)

    async def __call__(self, function: Callable, *arguments: Any) -> Any:
        """Returns what a function returns, or raises what it raises.

        Args:
            function: a function of a module.
            arguments: what can be pickled; arrays of strings are arrays of bytes.

        Raises:
            RequestError: the other process has ended, as when memory runs out; the next call starts another.
        """
        found = await asyncio.get_running_loop().run_in_executor(self._thread, self._call, function, arguments)
        if isinstance(found, Raised):
            raise found.error
        return found

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _call(self, function: Callable, arguments: tuple) -> Any:
        process = self._running()
        try:
            send(process.stdin, (function, arguments))
            return receive(process.stdout)
        except (OSError, EOFError) as error:
            process.kill()
            code, self._process = process.wait(), None
            why = f"The process that reads and writes large requests has ended (exit code {code}); send it again"
            raise RequestError(UNAVAILABLE, why) from error

    def _running(self) -> subprocess.Popen:
        self._process = self._process or _started()
        return self._process


def _started() -> subprocess.Popen:
    command = [sys.executable, "-m", "serving.server.apart_process"]
    # A session of its own: Ctrl-C is for the server, which ends it when the last request is answered.
    return subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=-1, start_new_session=True
    )


def send(pipe: Any, value: Any) -> None:
    """Writes a value into a pipe: the sizes, the pickle, and the buffers it refers to."""
    buffers: list[pickle.PickleBuffer] = []
    written = io.BytesIO()
    value = pickle.PickleBuffer(value) if isinstance(value, bytes) else value
    _Pickler(written, _PROTOCOL, buffer_callback=buffers.append).dump(value)
    parts = [written.getbuffer(), *(buffer.raw() for buffer in buffers)]
    pipe.write(struct.pack("<Q", len(parts)) + struct.pack(f"<{len(parts)}Q", *(part.nbytes for part in parts)))
    for part in parts:
        pipe.write(part)
    pipe.flush()


def receive(pipe: Any) -> Any:
    """Reads a value from a pipe.

    Raises:
        EOFError: the other side is gone.
    """
    (count,) = struct.unpack("<Q", _exactly(pipe, 8))
    sizes = struct.unpack(f"<{count}Q", _exactly(pipe, 8 * count))
    written, *buffers = [_exactly(pipe, size) for size in sizes]
    return pickle.loads(written, buffers=buffers)


def _exactly(pipe: Any, size: int) -> bytes:
    found = pipe.read(size)
    if len(found) < size:
        raise EOFError
    return found


class _Pickler(pickle.Pickler):
    """Also sends an array of strings as buffers: all of them in one, and the length of each.

    A message goes as its bytes: pickle would import its module by name, and with it all of TensorFlow.
    """

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, Message):
            return _message, (value.DESCRIPTOR.full_name, value.SerializeToString())
        if not isinstance(value, np.ndarray) or value.dtype != object:
            return NotImplemented
        strings = value.ravel().tolist()
        sizes = np.fromiter(map(len, strings), np.int64, len(strings))
        return _strings, (value.shape, sizes, pickle.PickleBuffer(b"".join(strings)))


def _message(name: str, data: bytes) -> Any:
    return _MESSAGES[name].FromString(data)


def _strings(shape: tuple[int, ...], sizes: np.ndarray, joined: bytes) -> np.ndarray:
    array, ends = np.empty(len(sizes), object), np.cumsum(sizes)
    for begin in range(0, len(sizes), _SOME):
        these = slice(begin, begin + _SOME)
        array[these] = [
            joined[end - size : end] for end, size in zip(ends[these].tolist(), sizes[these].tolist(), strict=True)
        ]
    return array.reshape(shape)
