"""An action that is killed at one of its lines, for tests of what it leaves behind."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any


def apart(function: Callable[..., object], *arguments: Any) -> None:
    """Does something in a process that has loaded little, where a fork costs little: there are hundreds."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(_without_waiting_for_the_disk, function, *arguments).result()


def _without_waiting_for_the_disk(function: Callable[..., object], *arguments: Any) -> None:
    """Only a power cut would show the difference."""
    os.fsync = lambda _: None
    function(*arguments)


def killed_at(step: int, action: Callable[[], object], watched: tuple[str, ...], writing: Collection[str]) -> bool:
    """Does `action` in a process that is killed at its step-th line after the reading.

    Args:
        step: which line, from 0.
        action: what is done.
        watched: what the paths of the files begin with, whose lines count.
        writing: the functions that write: lines count from the first call of one of them.

    Returns:
        Whether it has such a line.
    """
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    left, begun = step, False

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal left, begun
        begun = begun or frame.f_code.co_name in writing
        if not frame.f_code.co_filename.startswith(watched):
            return None
        left -= begun and event == "line"
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    action()
    os._exit(0)
