"""Joins a request log with what came of it: for each key, its arm, the answer it got, and the outcome."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
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
    """Keys with an outcome, by arm, and what was counted on the way."""

    arms: dict[str, list[KeyResult]] = field(default_factory=lambda: {arm: [] for arm in ARMS})
    counts: Counts = field(default_factory=Counts)


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
    joined = Joined()
    counts = joined.counts
    asked = _keys(_logged(log, counts), key, counts)
    found = _outcomes(outcomes, key, outcome, asked, counts)
    if not found:
        raise UsageError(_no_match_message(log, outcomes, key, outcome, list(asked), counts))
    for name, (arm, outputs) in asked.items():
        if name in found:
            joined.arms[arm].append(KeyResult(outputs, found[name]))
    counts.keys_without_outcome = len(asked) - len(found)
    return joined


def _logged(log: Path, counts: Counts) -> Iterator[Logged]:
    damaged: list[int] = []
    for row in request_log.read(log, damaged.append):
        counts.rows += 1
        yield row
    counts.damaged_lines = len(damaged)
    if not counts.rows:
        raise UsageError(f"{log}: expected a request log, as --log of turnstile split writes it; found no line of one")


def _keys(rows: Iterator[Logged], column: str, counts: Counts) -> dict[str, tuple[str, dict[str, Any]]]:
    """Returns each key's arm and last outputs."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    both = set()
    for row in rows:
        key, arm = key_text(row.inputs.get(column) if row.key is None else row.key), row.arm or row.label
        if key is None:
            counts.rows_without_key += 1
        elif arm not in ARMS:
            counts.rows_of_other_arms += 1
        else:
            if key in found:
                counts.repeated_rows += 1
                if found[key][0] != arm:
                    both.add(key)
            found[key] = arm, row.outputs
    counts.keys_in_both_arms = len(both)
    return {key: value for key, value in found.items() if key not in both}


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


def _no_match_message(log: Path, outcomes: str, key: str, outcome: str, asked: list[str], counts: Counts) -> str:
    if not asked and counts.keys_in_both_arms:
        return f"{log}: every key is in both arms; a log is of one test, with one --salt and one --canary"
    if not asked:
        again = shlex.join(["turnstile", "split", "--key", key, "--log", str(log)])
        return f"{log}: no row has a key and an arm; write it with: {again}"
    shown = ", ".join(asked[:_SHOWN])
    return f"{outcomes}: no '{outcome}' for any key of {log}. Its keys are like {shown}: are they in column '{key}'?"
