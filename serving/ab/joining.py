"""Joins a request log with what came of it: for each key, its arm, the answer it got, and the outcome."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from serving.ab.arms import ARMS, key_text
from serving.rows import reading as reader
from serving.rows import request_log
from serving.rows.request_log import Logged
from turnstile.errors import UsageError

_SHOWN = 3  # keys in a message


@dataclass(frozen=True)
class KeyResult:
    """The answer that a key got, and what came true for it."""

    outputs: dict[str, Any]
    outcome: Any


@dataclass
class Counts:
    """How many rows and keys there are, and how many count only in part or not at all."""

    rows: int = 0
    damaged_lines: int = 0
    rows_without_key: int = 0
    rows_of_other_arms: int = 0
    repeated_rows: int = 0
    keys_in_both_arms: int = 0
    keys_without_outcome: int = 0
    repeated_outcomes: int = 0


COUNT_PHRASES = {  # behind a number; see counted
    "rows": "rows in the log",
    "damaged_lines": "lines that no request log has, left out",
    "rows_without_key": "rows without a key, left out",
    "rows_of_other_arms": f"rows of no arm ({' or '.join(ARMS)}), left out",
    "repeated_rows": "rows of a key that had asked before; its last answer counts",
    "keys_in_both_arms": "keys in both arms, left out",
    "keys_without_outcome": "keys without an outcome, left out",
    "repeated_outcomes": "outcomes of a key that had one before; its last outcome counts",
}


@dataclass
class Joined:
    """Keys with an outcome, by arm, what was counted on the way, and some of the keys that asked."""

    arms: dict[str, list[KeyResult]] = field(default_factory=lambda: {arm: [] for arm in ARMS})
    counts: Counts = field(default_factory=Counts)
    keys: list[str] = field(default_factory=list)


def join(log: Path, outcomes: str, key: str, outcome: str) -> Joined:
    """Joins a log and outcomes.

    A key counts once, however often it asked: keys were divided, not rows. Its last answer counts, and its last
    outcome. A key that was in both arms counts in neither.

    Args:
        log: a request log; the arm of a row is its `arm`, or else its `label`; its key `key`, or else the input `key`.
        outcomes: a .csv, .jsonl or .parquet file.
        key: its column with the key.
        outcome: its column with the outcome.

    Raises:
        UsageError: a file cannot be read, has no such column, or no key of one is in the other.
    """
    counts = Counts()
    joined = join_rows(_logged(log, counts), outcomes, key, outcome, counts)
    if not any(joined.arms.values()):
        raise UsageError(_no_match_message(log, outcomes, key, outcome, joined))
    return joined


def join_rows(
    rows: Iterable[Logged], outcomes: str, key: str, outcome: str, counts: Counts, first: bool = False
) -> Joined:
    """Joins rows of a log and outcomes, as `join` does, of which nothing may be there yet.

    Args:
        rows: the rows.
        outcomes: a .csv, .jsonl or .parquet file.
        key: its column with the key.
        outcome: its column with the outcome.
        counts: is told what is found of the rows.
        first: whether a key's first answer counts, by the time of the answer, instead of the last one of the log.

    Raises:
        UsageError: the outcomes cannot be read, or have no such column.
    """
    asked = _keys(rows, key, counts, first)
    found = _outcomes(outcomes, key, outcome, asked, counts)
    joined = Joined(counts=counts, keys=list(islice(asked, _SHOWN)))
    for name, row in asked.items():
        if name in found:
            joined.arms[row.arm].append(KeyResult(row.outputs, found[name]))
    counts.keys_without_outcome = len(asked) - len(found)
    return joined


@dataclass(frozen=True, slots=True)
class _Answer:
    arm: str
    time: str
    outputs: dict[str, Any]


def _logged(log: Path, counts: Counts) -> Iterator[Logged]:
    damaged: list[int] = []
    for row in request_log.read(log, damaged.append):
        counts.rows += 1
        yield row
    counts.damaged_lines = len(damaged)
    if not counts.rows:
        raise UsageError(f"{log}: expected a request log, as --log of turnstile split writes it; found no line of one")


def _keys(rows: Iterable[Logged], column: str, counts: Counts, first: bool) -> dict[str, _Answer]:
    """Returns each key's arm, and its first or last answer."""
    found: dict[str, _Answer] = {}
    both = set()
    for row in rows:
        key, arm = key_text(row.inputs.get(column) if row.key is None else row.key), row.arm or row.label
        if key is None:
            counts.rows_without_key += 1
        elif arm not in ARMS:
            counts.rows_of_other_arms += 1
        else:
            before = found.get(key)
            if before:
                counts.repeated_rows += 1
                if before.arm != arm:
                    both.add(key)
            if not (before and first and before.time <= row.time):
                found[key] = _Answer(arm, row.time, row.outputs)
    counts.keys_in_both_arms = len(both)
    return {key: answer for key, answer in found.items() if key not in both}


def _outcomes(path: str, key: str, outcome: str, asked: Collection[str], counts: Counts) -> dict[str, Any]:
    """Returns the last outcome of each key that was asked about."""
    found: dict[str, Any] = {}
    with reader.open_rows(path) as rows:
        for number, row in enumerate(rows, start=1):
            if number == 1 and (missing := [name for name in (key, outcome) if name not in row]):
                raise UsageError(f"{path}: no column '{missing[0]}'; there are: {', '.join(map(str, row))}")
            name, value = key_text(row.get(key)), row.get(outcome)
            if name is None or name not in asked or key_text(value) is None:
                continue
            counts.repeated_outcomes += name in found
            found[name] = value
    return found


def _no_match_message(log: Path, outcomes: str, key: str, outcome: str, joined: Joined) -> str:
    if not joined.keys and joined.counts.keys_in_both_arms:
        return f"{log}: every key is in both arms; a log is of one test, with one --salt and one --canary"
    if not joined.keys:
        again = shlex.join(["turnstile", "split", "--key", key, "--log", str(log)])
        return f"{log}: no row has a key and an arm; write it with: {again}"
    shown = ", ".join(joined.keys)
    return f"{outcomes}: no '{outcome}' for any key of {log}. Its keys are like {shown}: are they in column '{key}'?"
