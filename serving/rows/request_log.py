"""The request log: what was asked and answered, as JSON lines, one a row; for `turnstile ab-report` and others.

A line, {"time": ..., "model": ..., "version": ..., "label": ..., "arm": ..., "key": ..., "inputs": {...},
"outputs": {...}, "error": ...}, has every key; what is not known, or missing, is null. A request that was refused has
neither inputs nor outputs, and says in `error` why.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import orjson

from turnstile.errors import UsageError


def now() -> str:
    """Returns the time, in UTC, as ISO 8601 has it, to the millisecond."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One row that was asked and answered.

    Attributes:
        time: the time of the answer, as `now` gives it.
        model: its name.
        version: the version that answered, if it is known.
        label: the label that was asked for.
        arm: the arm of an A/B test.
        key: the key by which the arm was chosen.
        inputs: the inputs, by column.
        outputs: the outputs, by name.
        error: why the request was refused; None if it was answered.
    """

    time: str
    model: str
    version: int | None
    label: str | None
    arm: str | None = None
    key: str | None = None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    error: str | None = None


_KEYS = {field.name for field in fields(Logged)}
_TYPES = {"time": str, "model": str, "inputs": dict, "outputs": dict, "error": str | None}  # that readers rely on
_NEEDED = _KEYS - {"error"}  # which lines of before there was one do not have


class Writer:
    """Adds lines to a file, which belongs to one writer at a time.

    Each call is one write of whole lines, which are in the file when it returns.

    Raises:
        UsageError: the file cannot be written.
    """

    def __init__(self, path: Path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b", buffering=0)
        except OSError as error:
            raise UsageError(f"{path}: the request log cannot be written ({error.strerror})") from error
        self._torn = _is_torn(self._file)

    def write(self, rows: Iterable[Logged]) -> None:
        """Adds rows.

        Raises:
            OSError: the file cannot be written, as when the disk is full.
        """
        text = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        rest = b"\n" + text if self._torn else text
        while rest:
            self._torn = True  # until the last byte, a newline, is written
            rest = rest[self._file.write(rest) :]
        self._torn = False

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _is_torn(file: Any) -> bool:
    """Says whether the last line was cut off, by a kill or a full disk: the next must not be glued to it."""
    size = file.seek(0, 2)
    if not size:
        return False
    file.seek(size - 1)
    return file.read(1) != b"\n"


def read(path: Path, damaged: Callable[[int], None], size: int | None = None) -> Iterator[Logged]:
    """Reads what was answered from a log, line by line; requests that were refused are passed over.

    Args:
        path: the file.
        damaged: is told the number of each line that is not of this format, such as the last one before a kill.
        size: bytes to read at most; what comes after them was added by somebody who is still writing.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        with path.open("rb") as lines:
            yield from (row for row in parsed(_at_most(lines, size), damaged) if row.error is None)
    except OSError as error:
        raise UsageError(f"{path}: the request log cannot be read ({error.strerror})") from error


def _at_most(lines: Iterable[bytes], size: int | None) -> Iterator[bytes]:
    left = math.inf if size is None else size
    for line in lines:
        if (left := left - len(line)) < 0:
            return
        yield line


def parsed(lines: Iterable[bytes], damaged: Callable[[int], None]) -> Iterator[Logged]:
    """Takes lines apart, those of requests that were refused among them.

    Args:
        lines: the lines.
        damaged: see read.
    """
    for number, line in enumerate(lines, start=1):
        if row := _parsed(line):
            yield row
        elif line.strip():
            damaged(number)


def _parsed(line: bytes) -> Logged | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict) or not found.keys() >= _NEEDED:
        return None
    if any(not isinstance(found.get(name), type_) for name, type_ in _TYPES.items()):
        return None
    row: dict[str, Any] = {name: found.get(name) for name in _KEYS}
    return Logged(**row)
