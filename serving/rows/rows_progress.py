"""Says how far a long file is: one line that is redrawn on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TextIO

from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from turnstile.live_progress import live_progress, print_plain

_TERMINAL_SECONDS, _LINE_SECONDS = 0.1, 5.0  # between two updates
_NOTE_SECONDS = 5.0  # in which the same note is given once: several requests fail at the same time


class RowsProgress:
    """Counts the rows that are done, and shows how many they are. To be used in a `with`.

    Args:
        terminal: where to show it.
        portion: returns how much of the whole file a number of rows is, between 0 and 1; None if that is not known.
        shown: whether to show anything but notes.
        clock: returns seconds.
    """

    def __init__(
        self,
        terminal: TextIO,
        portion: Callable[[int], float | None] = lambda _: None,
        shown: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.portion, self.rows = portion, 0
        self._shown, self._clock, self._lock = shown, clock, threading.Lock()
        self._started = self._updated = clock()
        self._noted: dict[str, float] = {}
        self._live = live_progress(
            terminal,
            TextColumn("{task.fields[rows]:,} rows, {task.fields[speed]}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            clock=clock,
            shown=shown,
            transient=True,
        )
        self._task = self._live.add_task("", total=None, rows=0, speed=self.speed)

    def __enter__(self) -> RowsProgress:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def done(self, rows: int = 1) -> None:
        """Counts rows as done."""
        self.rows += rows
        now = self._clock()
        if self._shown and now - self._updated >= (_LINE_SECONDS if self._live.disable else _TERMINAL_SECONDS):
            self._updated = now
            self._show(self.portion(self.rows))

    def note(self, text: str) -> None:
        """Prints a note beside the progress; any thread may call it."""
        with self._lock:
            now = self._clock()
            if now - self._noted.get(text, -_NOTE_SECONDS) < _NOTE_SECONDS:
                return
            self._noted[text] = now
        print_plain(self._live, f"turnstile: {text}")

    def end(self, text: str = "") -> None:
        """Takes the display away, and prints a text in its place."""
        self._live.stop()
        if text:
            print_plain(self._live, f"turnstile: {text}")

    @property
    def seconds(self) -> float:
        """The seconds since the beginning."""
        return self._clock() - self._started

    @property
    def speed(self) -> str:
        """How many rows were done in a second, in words."""
        return f"{self.rows / max(self.seconds, 1e-3):,.0f} rows/s"

    def _show(self, portion: float | None) -> None:
        if self._live.disable:
            percent = "" if portion is None else f", {portion:.0%}"
            print_plain(self._live, f"{self.rows:,} rows, {self.speed}{percent}")
            return
        total = None if portion is None else 1.0
        self._live.update(self._task, total=total, completed=portion, rows=self.rows, speed=self.speed)
