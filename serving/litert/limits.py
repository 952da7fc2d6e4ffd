"""What the whole model cannot be made of, because LiteRT has no operation for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def faults(preprocess: Mapping[str, Any]) -> list[str]:
    """Names each column that LiteRT's built-in operations cannot prepare, and why.

    They look text up in tables, but have nothing that takes it apart or computes with its letters.

    Args:
        preprocess: the content of preprocess.json.
    """
    return [f"column '{column}' {why}" for column, why in _faults(preprocess)]


def _faults(preprocess: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for moment in preprocess["times"]:
        if moment["unit"] is None:
            yield moment["column"], "is a time that is written as text"
    for index in preprocess["indices"]:
        if index.get("oov_buckets", 1) > 1:
            yield index["column"], f"has {index['oov_buckets']} buckets for other words, which are chosen by a hash"
    for text in preprocess["texts"]:
        yield text["column"], "is text that is split into words"
