"""One at a time: of two commands that change the same thing, the second waits for the first."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(file: Path, waiting: str) -> Iterator[None]:
    """Holds a file's lock until the end, or until this process dies.

    A file of its own, because on NFS a folder cannot be locked; it is left there, because whoever waits for it would
    hold another file than the one that is made anew.

    Args:
        file: the lock; made if it is not there.
        waiting: what is said on stderr if another process holds it.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"turnstile: {waiting}", file=sys.stderr)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def flush(path: Path) -> None:
    """Waits until a file or folder is on disk, so that a power cut cannot take back what was said to be done."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
