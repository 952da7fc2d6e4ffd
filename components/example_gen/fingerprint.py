"""The input's part of the cache key, by content: a touched file is the same, an edited one of the same size is not.

Of an object in a store, what the store says of its content stands for that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from components.example_gen.input_record import InputFile, Open, input_file


def fingerprint(split: str, paths: Iterable[str], open_: Open) -> str:
    """Returns one line that says how many files a split has, how large, and a hash of what is in them.

    Args:
        split: its name.
        paths: its files; neither their order nor their names matter.
        open_: opens a path.
    """
    return of_files(split, [input_file(path, open_) for path in paths])


def of_files(split: str, files: Sequence[InputFile]) -> str:
    """Returns the same of files that have been read."""
    digests = sorted(bytes.fromhex(file.digest) for file in files)
    content = hashlib.blake2b(b"".join(digests), digest_size=32).hexdigest()
    return f"split:{split},num_files:{len(files)},total_bytes:{sum(file.bytes for file in files)},blake2b:{content}"
