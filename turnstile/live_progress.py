"""The progress display of every command: rich's, which is redrawn on a terminal and shows nothing elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.progress import Progress, ProgressColumn


def live_progress(
    stream: TextIO,
    *columns: ProgressColumn,
    clock: Callable[[], float] = time.monotonic,
    shown: bool = True,
    transient: bool = False,
) -> Progress:
    """Returns a display that is started with `start` and ended with `stop`.

    Where it cannot be redrawn its `disable` is true: in a file, in a log of CI (whatever FORCE_COLOR says), or on a
    terminal that cannot move its cursor. Callers print plain lines then, with its `console`.

    Args:
        stream: the terminal, usually standard error.
        columns: what is shown of each task.
        clock: returns seconds.
        shown: whether to show it at all.
        transient: whether to take it away at the end.
    """
    is_terminal = stream.isatty()
    console = Console(file=stream, highlight=False, force_terminal=is_terminal)
    return Progress(
        *columns,
        console=console,
        get_time=clock,
        disable=not (shown and is_terminal and not console.is_dumb_terminal),
        transient=transient,
        # The display must not take the streams over: standard output has the answers, and a run sends both to its log.
        redirect_stdout=False,
        redirect_stderr=False,
    )


def print_plain(progress: Progress, text: str) -> None:
    """Prints a text exactly as it is; above the display, if that is shown."""
    progress.console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)
