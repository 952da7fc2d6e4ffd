"""Which files examples were made of: a file beside the splits says it, so that it can be asked later.

The fingerprint, which is the cache key's, tells whether all files together are the same. This tells of each file.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, NamedTuple

from turnstile.places import place
from turnstile.store_path import StorePath

# Beside the splits, where no reader of examples looks.
NAME = "input_files.json"
# Bytes read at a time.
_CHUNK = 1 << 20

Open = Callable[[str, str], IO]  # opens a path with a mode


@dataclass(frozen=True)
class InputFile:
    """A file that was read.

    Attributes:
        path: where it was then.
        bytes: its size.
        digest: BLAKE2b of its content, of 32 bytes, in hexadecimal digits, as `b2sum -l 256` prints it; of an object in
            a store, that of what the store says of its content.
        span: the number of the span that it is part of; 0 of data without spans.
    """

    path: str
    bytes: int
    digest: str
    span: int = 0


def input_file(path: str, open_: Open, span: int = 0) -> InputFile:
    """Reads a whole file, which `open_` opens; a file that nobody has written to since is not read once more.

    Of an object in a store, no byte is read: what the store says of its content stands for that.
    """
    if isinstance(where := place(path), StorePath):
        mark = hashlib.blake2b(where.mark().encode(), digest_size=32)
        return InputFile(path, where.stat().st_size, mark.hexdigest(), span)
    state, now = _state(path), time.time_ns()
    if state not in _read:
        found = _whole(path, open_)
        if state != _state(path) or state.changed > now - _SETTLED:
            return replace(found, span=span)
        _read[state] = found
    return replace(_read[state], path=path, span=span)


def _whole(path: str, open_: Open) -> InputFile:
    digest, size = hashlib.blake2b(digest_size=32), 0
    with open_(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return InputFile(path, size, digest.hexdigest())


class _State(NamedTuple):
    """What changes when anybody writes to a file. No program can set the last of these, the time of the last change."""

    device: int
    inode: int
    bytes: int
    modified: int
    changed: int


# What this process has read, so that a run reads each file once for its digest. Another process reads it again: that
# takes a second a gigabyte, and no memory of it on disk could be wrong.
_read: dict[_State, InputFile] = {}
# The clock of a file system ticks every few milliseconds, or every second or two on old ones: whoever writes twice
# within a tick changes a file unseen. What was written so shortly ago is read again.
_SETTLED = 5 * 10**9  # nanoseconds


def _state(path: str) -> _State:
    found = Path(path).stat()
    return _State(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def write(examples: str, files: Iterable[InputFile], open_: Open) -> None:
    """Records the files that examples are made of.

    Args:
        examples: the uri of the examples' artifact.
        files: the files, in the order in which they are read.
        open_: opens a path.
    """
    with open_(posixpath.join(examples, NAME), "w") as file:
        file.write(json.dumps([asdict(each) for each in files], indent=1) + "\n")


def read(examples: str) -> list[InputFile]:
    """Returns what `write` recorded; nothing for examples that are gone, or older than this record.

    Args:
        examples: the uri of the examples' artifact.
    """
    file = place(examples) / NAME
    return [InputFile(**each) for each in json.loads(file.read_text())] if file.exists() else []
