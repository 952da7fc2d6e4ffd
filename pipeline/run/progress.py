"""Shows a run as it goes: a line a component, with a spinner on a terminal and plain lines without one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

_MARKS = {"done": "[green]✓[/]", "cached": "[cyan]≡[/]", "failed": "[red]✗[/]"}
_WARMING_UP = "loading TFX"


class Progress:
    """A listener of turnstile.run_log events that keeps the user informed on `terminal`.

    Use it as a context manager; leaving it with a component still running marks that one failed.
    """

    def __init__(self, terminal: TextIO, clock: Callable[[], float] = time.monotonic):
        self._console = Console(file=terminal, highlight=False)
        self._clock = clock
        self._lines: list[list] = []  # [id, state, seconds, detail]
        self._begin(_WARMING_UP)
        # It must not take over the streams: they go to the log.
        self._live = Live(
            console=self._console,
            get_renderable=self._render,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._live.start()
        else:
            self._console.print(f"{_WARMING_UP} ...")
        return self

    def __exit__(self, exception_type: object, *_: object) -> None:
        if self._running:
            self._end("failed" if exception_type else "done")
        if self._console.is_terminal:
            self._live.stop()

    def __call__(self, event: str, detail: str) -> None:
        """Takes an event; see turnstile.run_log.Events."""
        if event == "started":
            if self._running:  # the warm-up; or, under Beam, a component that ended without a word
                self._end("done")
            self._begin(detail)
        elif event == "cached" and self._running:
            self._lines[-1][1] = "cached"
        elif event == "finished" and self._running:
            self._end("done")
        elif event == "detail" and self._running:
            self._detail(detail)

    def failed(self) -> None:
        """Marks the component that is running as failed."""
        if self._running:
            self._end("failed")

    @property
    def _running(self) -> bool:
        return bool(self._lines) and self._lines[-1][2] is None

    def _begin(self, id_: str) -> None:
        self._lines.append([id_, "running", None, ""])
        self._since = self._clock()

    def _end(self, state: str) -> None:
        line = self._lines[-1]
        line[1] = "cached" if line[1] == "cached" and state == "done" else state
        line[2] = self._clock() - self._since
        if not self._console.is_terminal:
            self._console.print(f"{line[0]:<18} {line[1]:<7} {line[2]:6.1f} s")

    def _detail(self, text: str) -> None:
        self._lines[-1][3] = text
        if not self._console.is_terminal:
            self._console.print(f"{self._lines[-1][0]:<18} {text}", markup=False, emoji=False)

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        for id_, state, seconds, detail in self._lines:
            if seconds is None:
                elapsed = f"{self._clock() - self._since:5.1f} s"
                table.add_row(self._spinner, id_, elapsed, Text(detail, style="dim"))
            else:
                note = state if state != "done" else ""
                table.add_row(_MARKS[state], id_, f"{seconds:5.1f} s", f"[dim]{note}[/]")
        return Group(table)

    _spinner = Spinner("dots")
