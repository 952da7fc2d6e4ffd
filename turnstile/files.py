"""Files that are written whole, and locks that keep two processes from changing the same thing."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from turnstile.errors import TurnstileError, UsageError

_READABLE = 0o644  # a file's mode: TensorFlow Serving may run as any user


@contextmanager
def locked(path: Path, busy: str | TurnstileError, shared: bool = False) -> Iterator[None]:
    """Holds the lock of a file or folder until the end, or until this process dies: the kernel lets go of it then.

    A file is made if it is not there. It is never removed: whoever waits for its lock would wait for another file than
    the one that is made anew. On NFS only a file can be locked.

    Args:
        path: what is locked.
        busy: what happens if another process holds the lock: a text is written to stderr, and this process waits; an
            error is raised.
        shared: whether others that share the lock may hold it at the same time.
    """
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o666)
    how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if isinstance(busy, TurnstileError):
                raise busy from error
            print(f"turnstile: {busy}", file=sys.stderr)
            fcntl.flock(handle, how)
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


def replace(file: Path, content: str | bytes) -> None:
    """Writes a file in one step: whoever reads it, at whatever moment and after a power cut, finds a whole one."""
    aside = file.with_name(f".{file.name}.new")
    aside.write_bytes(content.encode() if isinstance(content, str) else content)
    aside.chmod(_READABLE)
    flush(aside)
    aside.replace(file)
    flush(file.parent)


def write(file: Path, text: str) -> None:
    """Writes what a command makes where the user said, in one step; makes its folder.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_file() or not file.exists():
            replace(file.resolve(), text)  # of a link, what it leads to
        else:  # such as /dev/stdout, which must not be replaced by a file
            file.write_text(text)
    except OSError as error:
        raise UsageError(f"{error.filename or file}: cannot be written ({error.strerror})") from error
