"""The body of an HTTP request: as it arrived, and as it was before it was compressed, within a limit."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from serving.model.request_error import RESOURCE_EXHAUSTED, RequestError, invalid

# What is read on the event loop, which answers nobody else meanwhile: this much JSON takes it some milliseconds. More
# is read by another process (apart.py), which takes longer for a small body than reading it does.
LARGE_BYTES = 512 << 10

_DISCARD_SECONDS = 2.0  # some hundred MB on the machine itself

Receive = Callable[[], Awaitable[dict]]

_GZIP = 16 + zlib.MAX_WBITS  # zlib's own way to ask for gzip's header
_GZIP_NAMES = {b"gzip", b"x-gzip"}


class TooLargeError(RequestError):
    """A body beyond the limit."""

    http_status = 413

    def __init__(self, most: int):
        super().__init__(
            RESOURCE_EXHAUSTED, f"The request's body is larger than {most:,} bytes, the most this server takes"
        )
        self.most = most

    def __reduce__(self) -> tuple:
        return type(self), (self.most,)


@dataclass(frozen=True)
class Body:
    """A body as it arrived.

    Attributes:
        parts: its bytes.
        gzip: whether they are compressed.
        most: the bytes it may have, uncompressed.
    """

    parts: list[bytes]
    gzip: bool
    most: int

    def plain(self) -> bytes:
        """Returns the body, uncompressed.

        Raises:
            TooLargeError: it has more than `most` bytes.
            RequestError: it is not gzip, as it was said to be, or not all of it.
        """
        body = b"".join(self.parts)
        return unpacked(body, self.most) if self.gzip else body

    def small(self) -> bytes | None:
        """Returns the body, uncompressed, as `plain` does; None if it is a large one."""
        if sum(map(len, self.parts)) > LARGE_BYTES:
            return None
        try:
            return Body(self.parts, self.gzip, min(LARGE_BYTES, self.most)).plain()
        except TooLargeError:
            if self.most <= LARGE_BYTES:
                raise
            return None


async def received(receive: Receive, headers: Iterable[tuple[bytes, bytes]], most: int) -> Body:
    """Waits for a whole body.

    Args:
        receive: `receive` as ASGI has it.
        headers: the headers of the request, their names in lower case.
        most: the bytes it may have.

    Raises:
        TooLargeError: it has more.
    """
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size, more = size + len(parts[-1]), message.get("more_body", False)
        if size > most:
            await _discard(receive, more)
            raise TooLargeError(most)
    return Body(parts, is_gzip(headers), most)


async def _discard(receive: Receive, more: bool) -> None:
    """Reads the rest of a body: a client that is still sending when its connection is closed never sees the answer."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DISCARD_SECONDS):
            while more:
                more = (await receive()).get("more_body", False)


def is_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether gzip is among the codings of a body. Others are passed over, as TensorFlow Serving does."""
    lists = [value.lower() for name, value in headers if name == b"content-encoding"]
    return not _GZIP_NAMES.isdisjoint(coding.strip() for codings in lists for coding in codings.split(b","))


def unpacked(body: bytes, most: int) -> bytes:
    """Unpacks gzip, which may be several files in a row, but not beyond the limit; errors as Body.plain."""
    parts: list[bytes] = []
    size = 0
    while body or not parts:
        inflating = zlib.decompressobj(_GZIP)
        try:
            parts.append(inflating.decompress(body, most - size + 1))
        except zlib.error as error:
            raise invalid(f"The body is not gzip, as its Content-Encoding says: {error}") from error
        size += len(parts[-1])
        if size > most:
            raise TooLargeError(most)
        if not inflating.eof:
            raise invalid("The body ends in the middle of its gzip data; send all of it")
        body = inflating.unused_data
    return b"".join(parts)
