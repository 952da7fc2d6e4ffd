"""HTTP as uvicorn speaks it, and two bounds that it lacks: how long the head of a request may take, and its bytes.

Bodies are bounded in rest.py, which sees them.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MAX_HEAD_BYTES = 64 << 10  # TensorFlow Serving's requests have a path and a few headers
_LINGER_SECONDS = 1.0  # a connection closed with bytes in it that nobody has read would take the answer with it
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class HttpProtocol(HttpToolsProtocol):
    """A connection.

    Args:
        head_seconds: how long the first line and the headers of a request may take to arrive.
        options: uvicorn's own.
    """

    def __init__(self, head_seconds: float, **options: Any):
        super().__init__(**options)
        self._head_seconds = head_seconds
        self._head_bytes = 0
        self._refused = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Waits for a first request."""
        super().connection_made(transport)
        self._await_head()

    def on_message_begin(self) -> None:
        """A request begins."""
        if not self._deadline:
            self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._forget_head()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Reads what has come, and of a head that is not complete no more than it may have."""
        while data and not self._refused and not self.transport.is_closing():
            some = _MAX_HEAD_BYTES - self._head_bytes if self._deadline else _MAX_HEAD_BYTES
            self._read(data[:some])
            data = data[some:]
            if self._deadline and self._head_bytes >= _MAX_HEAD_BYTES:
                self._refuse(_TOO_LARGE)
        if not self._deadline and not self._refused and (self.cycle is None or self.cycle.response_complete):
            self._await_head()  # what has come was no head, such as an empty line

    def _read(self, data: bytes) -> None:
        if self._deadline:
            self._head_bytes += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._forget_head()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(self._head_seconds, self._refuse, _TOO_SLOW)

    def _forget_head(self) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = None

    def _refuse(self, answer: bytes) -> None:
        self._forget_head()
        if not self.transport.is_closing():
            self._refused = True
            self.transport.write(answer)
            self.transport.write_eof()
            self.loop.call_later(_LINGER_SECONDS, self.transport.close)
