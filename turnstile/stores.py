"""Talks to object stores, by Arrow's file systems: connects, reads an object, and says in words what went wrong."""

from __future__ import annotations

import datetime
import functools
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from turnstile.errors import UsageError

# For how long a request to Google's store is tried again; Arrow's own limit is 15 minutes, in which a run would seem to
# hang. Amazon's client tries three times.
_RETRY = datetime.timedelta(seconds=15)


class StoreError(UsageError):
    """An object store did not answer, or said no; the message says which address was asked for."""


@functools.cache
def file_system(scheme: str, bucket: str) -> Any:
    """Connects to a store as its own clients do: by what the environment says.

    Arrow finds credentials by itself. Which server and which region, not each version of it reads from the environment.
    """
    from pyarrow import fs

    if scheme == "gs":
        kind, _, server = os.environ.get("STORAGE_EMULATOR_HOST", "").rpartition("://")
        another = {"scheme": kind or "http", "endpoint_override": server, "anonymous": True} if server else {}
        return fs.GcsFileSystem(retry_time_limit=_RETRY, **another)
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not endpoint and not region:
        region = fs.resolve_s3_region(bucket)
    return fs.S3FileSystem(endpoint_override=endpoint, region=region)


@contextmanager
def asking(address: str, what: str = "read") -> Iterator[None]:
    """Says in one sentence what a store said, or that it said nothing, when an address was to be read or written."""
    try:
        yield
    except FileNotFoundError as error:
        why = (
            "is not there. Write it again" if what == "read" else f"cannot be {what}: there is no such bucket. Make it"
        )
        raise StoreError(f"{address}: {why}, or correct the address") from error
    except (OSError, ValueError) as error:  # Arrow's errors are of these kinds
        said = " ".join(str(error).split()).rstrip(".")
        raise StoreError(
            f"{address}: cannot be {what} ({said}). Check the address, the network, and the credentials in the "
            "environment; docs/storage.md says which"
        ) from error


def reading(address: str, file: Any) -> io.RawIOBase:
    """Returns an object that Arrow has opened as a file of Python, which names the address if it cannot be read."""
    return _Reading(address, file)


class _Reading(io.RawIOBase):
    """An object that is being read. Arrow's own file asks the store at each seek, and does not name it in errors."""

    def __init__(self, address: str, file: Any):
        self._address, self._file, self._size = address, file, file.size()
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + (0, self._position, self._size)[whence]
        return self._position

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._size - self._position)
        if length <= 0:  # to ask Google's store for what is behind the end is an error
            return 0
        with asking(self._address):
            content = self._file.read_at(length, self._position)
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
