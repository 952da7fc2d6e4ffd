"""Shows a run as it goes: a line a component, redrawn with a spinner on a terminal, and plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from rich.console import RenderableType
from rich.progress import SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

from turnstile.live_progress import live_progress, print_plain

_MARKS = {"done": "[green]✓[/]", "cached": "[cyan]≡[/]", "failed": "[red]✗[/]"}
_WARMING_UP = "loading TFX"


class Progress:
    """A listener of turnstile.run_log events that keeps the user informed on `terminal`.

    Use it as a context manager; leaving it with a component still running marks that one failed.
    """

    def __init__(self, terminal: TextIO, clock: Callable[[], float] = time.monotonic):
        self._live = live_progress(
            terminal,
            _StateColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.elapsed:5.1f} s"),
            TextColumn("{task.fields[detail]}", style="dim", markup=False),
            clock=clock,
        )
        self._running: TaskID | None = None
        self._cached = False
        self._begin(_WARMING_UP)

    def __enter__(self) -> Progress:
        self._live.start()
        self._print(f"{_WARMING_UP} ...")
        return self

    def __exit__(self, exception_type: object, *_: object) -> None:
        self._end("failed" if exception_type else "done")
        self._live.stop()

    def __call__(self, event: str, detail: str) -> None:
        """Takes an event; see turnstile.run_log.Events."""
        if event == "started":
            self._end("done")  # the warm-up; or, under Beam, a component that ended without a word
            self._begin(detail)
        elif event == "cached":
            self._cached = True
        elif event == "finished":
            self._end("done")
        elif event == "detail":
            self._detail(detail)

    def failed(self) -> None:
        """Marks the component that is running as failed."""
        self._end("failed")

    def _begin(self, id_: str) -> None:
        self._running = self._live.add_task(id_, total=None, state="running", detail="")
        self._cached = False

    def _end(self, state: str) -> None:
        """Ends the component that is running; does nothing if none is."""
        if self._running is None:
            return
        task, self._running = self._live.tasks[self._running], None
        state = "cached" if self._cached and state == "done" else state
        self._live.stop_task(task.id)
        self._live.update(task.id, state=state, detail="" if state == "done" else state)
        self._print(f"{task.description:<18} {state:<7} {task.elapsed or 0.0:6.1f} s")

    def _detail(self, text: str) -> None:
        if self._running is not None:
            self._live.update(self._running, detail=text)
            self._print(f"{self._live.tasks[self._running].description:<18} {text}")

    def _print(self, line: str) -> None:
        if self._live.disable:
            print_plain(self._live, line)


class _StateColumn(SpinnerColumn):
    """A spinner while a component runs, and a mark afterwards."""

    def render(self, task: Task) -> RenderableType:
        mark = _MARKS.get(task.fields["state"])
        return Text.from_markup(mark) if mark else super().render(task)
