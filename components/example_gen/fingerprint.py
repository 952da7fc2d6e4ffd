"""The input's part of the cache key, by content: a touched file is the same, an edited one of the same size is not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import IO

# Bytes read at a time.
_CHUNK = 1 << 20


def fingerprint(split: str, paths: Iterable[str], open_: Callable[[str, str], IO[bytes]]) -> str:
    """Returns one line that says how many files a split has, how large, and a hash of what is in them.

    Args:
        split: its name.
        paths: its files; neither their order nor their names matter.
        open_: opens a path with mode "rb".
    """
    digests, total = [], 0
    for path in paths:
        digest = hashlib.blake2b(digest_size=32)
        with open_(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                total += len(chunk)
        digests.append(digest.digest())
    content = hashlib.blake2b(b"".join(sorted(digests)), digest_size=32).hexdigest()
    return f"split:{split},num_files:{len(digests)},total_bytes:{total},blake2b:{content}"
