"""The run of a span, as a process of its own: a crash of TensorFlow ends it alone, and all its memory is given back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

# Seconds that a run has to end by itself before it is killed: it removes its temporary files meanwhile.
_GRACE_SECONDS = 20.0
_LOOK_SECONDS = 0.2  # how often to look whether it has ended

Wait = Callable[[float], bool]  # waits for so many seconds; returns at once, and True, if all is to end


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        exit_code: that of `turnstile run`; below zero, the signal that ended it.
        result: what it printed with --json; empty if it printed nothing.
        stopped: whether it was ended because all is to end.
    """

    exit_code: int
    result: dict[str, Any]
    stopped: bool = False

    @property
    def in_words(self) -> str:
        """Says of a run that did not finish why."""
        if self.exit_code < 0:
            return f"it was ended by {signal.Signals(-self.exit_code).name}"
        told = str(self.result.get("error") or f"it ended with exit code {self.exit_code}")
        return f"{told.rstrip('.')}. The whole log: {self.result['log']}" if self.result.get("log") else told


def run(arguments: Sequence[str], wait: Wait) -> Ended:
    """Runs a span; what it says of its progress goes to stderr.

    Args:
        arguments: those of `turnstile`.
        wait: waits; it says when all is to end, and so is the run.
    """
    with tempfile.TemporaryFile("w+") as printed:
        # A session of its own: Ctrl-C is for us, and we pass it on.
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.commands.main", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            start_new_session=True,
        )
        stopped = False
        while process.poll() is None:
            if wait(_LOOK_SECONDS):
                stopped = True
                _end(process)
        return Ended(process.returncode, _result(printed), stopped)


def _end(process: subprocess.Popen) -> None:
    """Interrupts a run, as Ctrl-C would; kills what of it is still there after a while."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _result(printed: IO[str]) -> dict[str, Any]:
    printed.seek(0)
    try:
        found = json.loads(printed.read())
    except ValueError:  # it was killed before it printed anything
        return {}
    return found if isinstance(found, dict) else {}
