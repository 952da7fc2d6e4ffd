"""Says how far a long file is: one line that is rewritten on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TextIO

_TERMINAL_SECONDS, _LINE_SECONDS = 0.2, 5.0  # between two looks at it
_NOTE_SECONDS = 5.0  # in which the same note is given once: several requests fail at the same time
_CLEAR = "\r\x1b[K"


class Progress:
    """Counts rows.

    Args:
        terminal: where to say it.
        portion: of a number of rows, how much of all it is; None if that is not known.
        shown: whether to say how far it is at all.
        clock: seconds.
    """

    def __init__(
        self,
        terminal: TextIO,
        portion: Callable[[int], float | None] = lambda _: None,
        shown: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.portion, self._shown = portion, shown
        self.rows = 0
        self._terminal, self._clock, self._lock = terminal, clock, threading.Lock()
        self._rewrites = shown and terminal.isatty()
        self._every = _TERMINAL_SECONDS if self._rewrites else _LINE_SECONDS
        self._started = self._last = clock()
        self._noted: dict[str, float] = {}

    def done(self, rows: int = 1) -> None:
        """Counts rows as done."""
        self.rows += rows
        now = self._clock()
        if self._shown and now - self._last >= self._every:
            self._last = now
            self._say(self._line(), end="" if self._rewrites else "\n")

    def note(self, text: str) -> None:
        """Says something beside; from any thread."""
        with self._lock:
            now = self._clock()
            if now - self._noted.get(text, -_NOTE_SECONDS) < _NOTE_SECONDS:
                return
            self._noted[text] = now
        self._say(f"turnstile: {text}")

    def end(self, text: str = "") -> None:
        """Takes the line away, and says something in its place."""
        if self._rewrites:
            self._terminal.write(_CLEAR)
        if text:
            self._say(f"turnstile: {text}")

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self._clock() - self._started

    @property
    def speed(self) -> str:
        """How fast it goes."""
        return f"{self.rows / max(self.seconds, 1e-3):,.0f} rows/s"

    def _line(self) -> str:
        portion = self.portion(self.rows)
        far = "" if portion is None else f", {portion:.0%}"
        return f"{self.rows:,} rows, {self.speed}{far}"

    def _say(self, text: str, end: str = "\n") -> None:
        self._terminal.write(f"{_CLEAR if self._rewrites else ''}{text}{end}")
        self._terminal.flush()
