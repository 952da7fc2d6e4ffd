"""Makes sure that a pipeline has one watch, and tells whether a run of it is going on."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from turnstile import files
from turnstile.errors import UsageError

_FILE = "watch.lock"


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Makes sure that a pipeline has one watch; the kernel lets go of the lock however the process ends.

    Raises:
        UsageError: there is another; the message says which.
    """
    root.mkdir(parents=True, exist_ok=True)
    lock = root / _FILE
    with files.locked(lock, UsageError(_holder(lock))):
        now = datetime.datetime.now(datetime.UTC)
        lock.write_text(json.dumps({"pid": os.getpid(), "since": now.isoformat(timespec="seconds")}))
        yield


def _holder(lock: Path) -> str:
    """Says who holds the lock, if anybody does: the file says it of whoever had it last."""
    try:
        told = json.loads(lock.read_text())
        who = f"process {told['pid']} has been watching since {told['since']}"
    except (OSError, ValueError):
        who = "another process is watching"
    return f"{lock.parent}: {who}. End it first, or give another --output"


def run_goes_on(root: Path) -> bool:
    """Whether a run is going on in a pipeline's folder."""
    try:
        with files.locked(root, UsageError("held"), shared=True):
            return False
    except UsageError:
        return True
