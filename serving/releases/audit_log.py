"""The audit log, releases.jsonl: who changed which label, when, from what to what, and why; lines are only added.

An entry is on disk before models.config changes, so nothing changes unrecorded. A command that is killed in between
leaves an entry that never took effect: the next one starts from the same labels (or, of the last one, models.config
still has them).
"""

from __future__ import annotations

import datetime
import getpass
import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from turnstile.files import flush

NAME = "releases.jsonl"

Labels = dict[str, int]  # version numbers by label

_OLDER: dict[str, Any] = {"evidence": {}}  # what lines of older releases do not have


def now() -> str:
    """Returns the time, in UTC, as ISO 8601 has it, to the millisecond."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def who(person: str | None = None) -> str:
    """Returns user@host.

    Args:
        person: the name of the person in whose name the user of this process acts, as a scheduler does; it
            comes first.
    """
    return f"{person} via {_user()}" if person else _user()


def _user() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line.

    Attributes:
        time: when it was changed, as `now` gives it.
        who: who changed it, as `who` gives it.
        action: "push", "promote", "rollback", "retire", "gc", "approve", "reject" or "override".
        model: its name.
        version: what it was about.
        labels: those that moved.
        why: the reason, in the words of who did it.
        before: the version of each label until then.
        after: the labels after the change.
        loaded: the versions that models.config lists from then on.
        evidence: what a program decided by, as plain values; empty where a person did. Lines of older releases have
            none.
    """

    time: str = field(default_factory=now)
    who: str = field(default_factory=who)
    action: str
    model: str
    version: int
    labels: list[str] = field(default_factory=list)
    why: str = ""
    before: Labels = field(default_factory=dict)
    after: Labels = field(default_factory=dict)
    loaded: list[int] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)


def append(file: Path, entry: Entry) -> None:
    """Adds a line, and returns when it is on disk. What a killed command left of its own stays a line by itself."""
    new = not file.exists()
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        rest = (b"\n" if torn else b"") + json.dumps(asdict(entry)).encode() + b"\n"
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        flush(file.parent)


def read(file: Path, model: str) -> list[Entry]:
    """Returns a model's entries, oldest first; lines that are not whole are left out."""
    if not file.exists():
        return []
    lines = file.read_text(errors="replace").splitlines()
    return [entry for line in lines if (entry := _entry(line)) and entry.model == model]


def _entry(line: str) -> Entry | None:
    try:
        raw = _OLDER | json.loads(line)
        return Entry(**{f.name: raw[f.name] for f in fields(Entry)})
    except (ValueError, KeyError, TypeError):
        return None


def effective(entries: Sequence[Entry], labels: Mapping[str, int]) -> list[Entry]:
    """Leaves out the entries whose change never happened.

    Args:
        entries: a model's, oldest first.
        labels: what models.config has at present.
    """
    left, kept = dict(labels), []  # `left`: what was found after an entry
    for entry in reversed(entries):
        if entry.before == entry.after or left != entry.before:
            kept.append(entry)
        left = entry.before
    return kept[::-1]
