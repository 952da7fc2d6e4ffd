"""Which rows of request logs are about the two versions that are the arms now, and what was in the files."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from serving.ab.joining import Counts
from serving.rows import request_log
from serving.rows.request_log import Logged
from turnstile.errors import UsageError

_AT_ONCE = 1 << 20  # bytes of a file


@dataclass(frozen=True)
class LookedAt:
    """A file as it was at a look: what others add to it later is not read.

    Attributes:
        path: where it is.
        bytes: its size.
        sha256: its digest, in hexadecimal digits.
    """

    path: str
    bytes: int
    sha256: str

    @classmethod
    def now(cls, path: str) -> LookedAt:
        """Reads a file.

        Raises:
            UsageError: it cannot be read.
        """
        sha, size = hashlib.sha256(), 0
        try:
            with Path(path).open("rb") as handle:
                while block := handle.read(_AT_ONCE):
                    sha.update(block)
                    size += len(block)
        except OSError as error:
            raise UsageError(f"{path}: cannot be read ({error.strerror}). Check --log and --outcomes") from error
        return cls(path, size, sha.hexdigest())

    def logged(self, counts: Counts) -> Iterator[Logged]:
        """Reads it as a request log, and counts its rows."""
        damaged: list[int] = []
        for row in request_log.read(Path(self.path), damaged.append, self.bytes):
            counts.rows += 1
            yield row
        counts.damaged_lines += len(damaged)


@dataclass
class Window:
    """Which rows are of these two versions, and from the time since when both are asked.

    Attributes:
        model: its name.
        versions: the version of each arm.
        since: when they became the arms, as request logs have times; None if nobody knows.
        settle_hours: how old a row must be.
        others: how many rows were of other models or versions, or from before.
        young: how many rows were not old enough.
    """

    model: str
    versions: dict[str, int]
    since: str | None
    settle_hours: float
    others: int = 0
    young: int = 0

    def __post_init__(self) -> None:
        until = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=self.settle_hours)
        self._until = until.isoformat(timespec="milliseconds") if self.settle_hours else None

    def has(self, row: Logged) -> bool:
        """Says whether a row counts, and counts those that do not."""
        version = self.versions.get(row.arm or row.label or "", row.version)
        if row.model != self.model or row.version not in (None, version) or (self.since or "") > row.time:
            self.others += 1
            return False
        if self._until and row.time > self._until:
            self.young += 1
            return False
        return True
