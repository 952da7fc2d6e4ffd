"""Which files examples were made of: a file beside the splits says it, so that it can be asked later.

The fingerprint, which is the cache key's, tells whether all files together are the same. This tells of each file.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

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
        digest: BLAKE2b of its content, of 32 bytes, in hexadecimal digits, as `b2sum -l 256` prints it.
        span: the number of the span that it is part of; 0 of data without spans.
    """

    path: str
    bytes: int
    digest: str
    span: int = 0


def input_file(path: str, open_: Open, span: int = 0) -> InputFile:
    """Reads a whole file, which `open_` opens."""
    digest, size = hashlib.blake2b(digest_size=32), 0
    with open_(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return InputFile(path, size, digest.hexdigest(), span)


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
        examples: the uri of the examples' artifact, on this machine.
    """
    file = Path(examples) / NAME
    return [InputFile(**each) for each in json.loads(file.read_text())] if file.exists() else []
