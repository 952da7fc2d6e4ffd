"""HTTP as uvicorn speaks it, and two bounds that it lacks: how long the head of a request may take, and its size.

Bodies are bounded in rest.py, which sees them.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MAX_HEAD_BYTES = 64 << 10  # TensorFlow Serving's requests have a path and a few headers
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
        """Counts what comes before a head is complete."""
        if self._deadline:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._deadline and self._head_bytes > _MAX_HEAD_BYTES:
            self._refuse(_TOO_LARGE)

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
            self.transport.write(answer)
            self.transport.close()
