"""The record of a shard, which says that it is done; or why it cannot be. All of them are gone when the job is done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from turnstile import files
from turnstile.errors import TurnstileError, UsageError

_FOLDER = ".done"  # below that of the answers


def write(out: str, number: int, record: Mapping[str, Any]) -> None:
    """Writes the record of a shard that is done.

    Args:
        out: the folder of the answers.
        number: the shard's.
        record: what the manifest will say of it: "file" and "bytes" among others.
    """
    files.write(_file(out, number), json.dumps(record))


def read(out: str, number: int) -> dict[str, Any] | None:
    """Returns the record of a shard; None if it is not done, or its file of answers is not whole any more."""
    try:
        found: dict[str, Any] = json.loads(_file(out, number).read_text())
        whole = Path(out, found["file"]).stat().st_size == found["bytes"]
    except (OSError, ValueError, KeyError):
        return None
    return found if whole else None


def write_fault(out: str, number: int, error: TurnstileError) -> None:
    """Writes why a shard cannot be done, where its record would be."""
    files.write(_file(out, number), json.dumps({"fault": str(error), "usage": isinstance(error, UsageError)}))


def fault(out: str, number: int) -> TurnstileError | None:
    """Returns why a shard could not be done; None if nothing is known."""
    try:
        found = json.loads(_file(out, number).read_text())
    except (OSError, ValueError):
        return None
    if "fault" not in found:
        return None
    return (UsageError if found["usage"] else TurnstileError)(found["fault"])


def forget(out: str) -> None:
    """Removes the records: the manifest has them."""
    shutil.rmtree(Path(out, _FOLDER), ignore_errors=True)


def _file(out: str, number: int) -> Path:
    return Path(out, _FOLDER, f"{number:05}.json")
