"""What `turnstile models` shows: every version with its state, its metrics, its data, and what let it through."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.releases import holds, integrity, model_config, release_record
from serving.releases.history import STABLE
from serving.releases.state import ReleaseFolder, State
from serving.releases.version_folders import versions
from turnstile import span_pattern
from turnstile.gates import UNDECIDED
from turnstile.thresholds import Threshold, plus_minus, required

# A version's number is the second of its push, or with other tools the milli- or microsecond. A time since 2001-09-09
# has ten digits in seconds; a number of another length says nothing of when it was.
_UNITS = {10: 1, 13: 1_000, 16: 1_000_000}


@dataclass(frozen=True)
class Listed:
    """A version.

    Attributes:
        version: its number.
        labels: those that are on it.
        state: where it is in its life: its labels, "standby", "loaded", "rolled back", "retired", "waits for
            approval" or "pushed"; with "missing" or "incomplete" if it could not be loaded, and with "not as pushed" if
            it would be refused.
        pushed: when, in UTC; None if nothing says so.
        record: why it was let through; see record.
    """

    version: int
    labels: tuple[str, ...]
    state: str
    pushed: datetime.datetime | None
    record: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, ready for json.dumps."""
        return {
            "version": self.version,
            "labels": list(self.labels),
            "state": self.state,
            "pushed": self.pushed and self.pushed.isoformat(),
            **{key: self.record.get(key) for key in ("metrics", "baseline", "thresholds", "data", "gates")},
            **{key: self.record.get(key) for key in ("override", "versions", "run_id")},
        }


def listing(where: ReleaseFolder, state: State) -> list[Listed]:
    """Returns every version that is there or has a label, newest first."""
    there = {int(folder.name): folder for folder in versions(where.folder)}
    numbers = sorted({*there, *state.labels.values()}, reverse=True)
    return [_listed(where, state, number, there.get(number)) for number in numbers]


def _listed(where: ReleaseFolder, state: State, number: int, folder: Path | None) -> Listed:
    record = release_record.read(folder) if folder else {}
    faults = [] if number in state.there else ["incomplete" if folder else "missing"]
    labels = tuple(state.labels_of(number))
    words = [*labels, *faults] or [_unlabelled(where, state, number)]
    if folder and not faults and not integrity.intact(folder, where.verify_with):
        words.append("not as pushed")
    return Listed(number, labels, ", ".join(words), _pushed(number, record), record)


def _unlabelled(where: ReleaseFolder, state: State, number: int) -> str:
    if number in model_config.listed(state.config, where.name):
        return "standby" if number == state.history.previous(state.there) else "loaded"
    if number in state.history.retired:
        return "retired"
    if holds.waits(where, state, number):
        return holds.WAITS
    left = [entry.action for entry in state.entries if entry.before.get(STABLE) == number != entry.after.get(STABLE)]
    return "rolled back" if left[-1:] == ["rollback"] else "pushed"


def _pushed(number: int, record: dict[str, Any]) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(record["time"])
    except (KeyError, TypeError, ValueError):
        unit = _UNITS.get(len(str(number)))
        return datetime.datetime.fromtimestamp(number / unit, datetime.UTC) if unit else None


def age(then: datetime.datetime, now: datetime.datetime) -> str:
    """Returns how long ago something was, as "3 days"."""
    seconds = max(0, int((now - then).total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if count := seconds // length:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} s"


def metrics(record: dict[str, Any]) -> list[str]:
    """Says each metric that was required, as "auc 0.9608 ± 0.011 ≥ 0.93"; the first metric if none was."""
    values = record.get("metrics") or {}
    required = (record.get("thresholds") or {}).get("overall") or {}
    shown = [name for name in values if name in required] or list(values)[:1]
    baseline = record.get("baseline") or {}
    intervals = record.get("intervals") or {}
    return [" ".join(_metric(n, values[n], intervals.get(n), required.get(n, {}), baseline.get(n))) for n in shown]


def _metric(
    name: str,
    value: float | None,
    interval: dict[str, float] | None,
    bounds: dict[str, float],
    baseline: float | None,
) -> Sequence[str]:
    words = [name, "undefined" if value is None else f"{value:.4f}{plus_minus(interval)}"]
    return [*words, required(Threshold(**bounds), baseline)] if bounds else words


def data(record: dict[str, Any]) -> list[str]:
    """Says what a version was trained on: the path, which span of it if it has spans, and the number of rows."""
    found = record.get("data") or {}
    path, rows = str(found.get("path") or ""), sum((found.get("rows") or {}).values())
    span = found.get("date") or f"span {found.get('span')}"
    return [path, *([span] if span_pattern.is_pattern(path) else []), *([f"{rows:,} rows"] if rows else [])]


def gates(record: dict[str, Any]) -> list[str]:
    """Says which gates let a version through, and what they left open; and who overrode one that did not."""
    word = record.get("override") or {}
    return [
        f"{word['gate']} ({word['verdict']}), overridden by {word['who']}: {word['why']}"
        if gate["gate"] == word.get("gate")
        else gate["gate"] + _left_open(gate)
        for gate in record.get("gates") or []
    ]


def _left_open(gate: dict[str, Any]) -> str:
    """The verdict of a gate that could not decide, or the number of its warnings."""
    if gate.get("verdict") == UNDECIDED:
        return f" ({UNDECIDED})"
    count = len(gate.get("warnings", []))
    return f", {count} warning{'s' if count > 1 else ''}" if count else ""
