"""Sends everything TFX, Beam and TensorFlow print to a file, and turns their log into progress events."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO

from absl import logging as absl_logging

# What TFX's local and Beam runners and its launcher log; they offer no other sign of progress.
_STARTED = re.compile(r"(?:Component|node) (\S+) is running\.")
_FINISHED = re.compile(r"(?:Component|node) (\S+) is finished\.")
_CACHED = re.compile(r"A cached execution \d+ is used\.")

Listener = Callable[[str, str], None]  # (event, detail): see Events.emit


class Events(logging.Handler):
    """Calls a listener with ("started", id), ("cached", ""), ("finished", id) and ("detail", text)."""

    def __init__(self, listener: Listener):
        super().__init__()
        self._listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        """Turns a log record into an event, if it is one."""
        message = record.getMessage()
        if record.name.startswith("turnstile"):
            self._listener("detail", message)
        elif match := _STARTED.match(message):
            self._listener("started", match[1])
        elif match := _FINISHED.match(message):
            self._listener("finished", match[1])
        elif _CACHED.match(message):
            self._listener("cached", "")


@contextmanager
def redirected(log: Path) -> Iterator[TextIO]:
    """Sends this process's stdout and stderr, C++ code's included, to `log`; yields the terminal's stderr."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    with log.open("a", buffering=1) as file, os.fdopen(os.dup(2), "w") as terminal:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            # Python's own streams too: in a notebook or under a test runner they are not descriptors 1 and 2.
            with redirect_stdout(file), redirect_stderr(file):
                yield terminal
        finally:
            file.flush()
            for number, descriptor in zip((1, 2), saved, strict=True):
                os.dup2(descriptor, number)
                os.close(descriptor)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Logs at INFO to stderr, and tells `listener` of progress."""
    root, handlers = logging.getLogger(), [logging.StreamHandler(), Events(listener)]
    handlers[0].setFormatter(logging.Formatter("%(asctime)s %(levelname).1s %(name)s: %(message)s"))
    level, before = root.level, root.handlers[:]
    root.handlers, root.level = handlers, logging.INFO
    verbosity = absl_logging.get_verbosity()
    absl_logging.set_verbosity(absl_logging.INFO)
    try:
        yield
    finally:
        root.handlers, root.level = before, level
        absl_logging.set_verbosity(verbosity)


def last_lines(log: Path, count: int = 15) -> list[str]:
    """The lines of a log that say why a run failed: the end of its last traceback, or of all if it has none."""
    lines = log.read_text(errors="replace").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("Traceback")]
    if not starts:
        return lines[-count:]
    after = range(starts[-1] + 1, len(lines))
    exception = next((number for number in after if not lines[number].startswith(" ")), len(lines) - 1)
    return lines[starts[-1] : exception + 1][-count:]
