"""A run's log: what the runners log becomes progress events, and everything printed goes to the file."""

import logging
import subprocess
import sys

import pytest

from turnstile import run_log

# Prints through Python and through the descriptor (as C++ code does) before, in and after a redirection.
_PRINTS = """
import os, sys
from pathlib import Path
from turnstile import run_log

def everywhere(when):
    print(when, "stdout", flush=True)
    print(when, "stderr", file=sys.stderr, flush=True)
    os.write(1, f"{when} fd1\\n".encode())
    os.write(2, f"{when} fd2\\n".encode())

everywhere("before")
try:
    with run_log.redirected(Path(sys.argv[1])) as terminal:
        everywhere("inside")
        terminal.write("to the user\\n")
        if len(sys.argv) > 2:
            raise ValueError
except ValueError:
    pass
everywhere("after")
"""


@pytest.mark.parametrize(
    ("logger", "message", "event"),
    [
        ("absl", "Component CsvExampleGen is running.", ("started", "CsvExampleGen")),
        ("absl", "Component CsvExampleGen is finished.", ("finished", "CsvExampleGen")),
        ("absl", "node Trainer is running.", ("started", "Trainer")),
        ("absl", "node Trainer is finished.", ("finished", "Trainer")),
        ("absl", "A cached execution 12 is used.", ("cached", "")),
        ("turnstile.trainer", "epoch 1 of 6", ("detail", "epoch 1 of 6")),
        ("absl", "Component Trainer is waiting.", None),
        ("absl", "he said: Component Trainer is running.", None),
        ("root", "epoch 1 of 6", None),
    ],
)
def test_log_messages_become_events(logger, message, event):
    heard = []
    run_log.Events(lambda *event: heard.append(event)).emit(logging.makeLogRecord({"name": logger, "msg": message}))
    assert heard == ([event] if event else [])


def test_listening_hears_info_and_leaves_logging_as_it_was():
    root, heard = logging.getLogger(), []
    before = root.level, root.handlers[:]
    with run_log.listening(lambda *event: heard.append(event)):
        logging.info("Component %s is running.", "Trainer")
    assert heard == [("started", "Trainer")]
    assert (root.level, root.handlers) == before


@pytest.mark.parametrize("raises", [[], ["raise"]], ids=["leaves", "raises"])
def test_redirected_sends_everything_to_the_file_and_restores(tmp_path, raises):
    log = tmp_path / "runs" / "1" / "run.log"
    done = subprocess.run(
        [sys.executable, "-c", _PRINTS, log, *raises], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout.splitlines() == ["before stdout", "before fd1", "after stdout", "after fd1"]
    assert done.stderr.splitlines() == ["before stderr", "before fd2", "to the user", "after stderr", "after fd2"]
    assert log.read_text().splitlines() == ["inside stdout", "inside stderr", "inside fd1", "inside fd2"]


TRACEBACK = ["Traceback (most recent call last):", '  File "a.py", line 1, in f', "ValueError: wrong"]
CHATTER = [f"chatter {i}" for i in range(20)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["one", "two"], ["one", "two"]),
        (CHATTER, CHATTER[-15:]),
        ([*CHATTER, *TRACEBACK], TRACEBACK),
        (["Traceback (most recent call last):", "KeyError: 1", *CHATTER, *TRACEBACK], TRACEBACK),
        ([*TRACEBACK, *CHATTER], TRACEBACK),
        ([TRACEBACK[0], *["  deep"] * 30, TRACEBACK[2]], [*["  deep"] * 14, TRACEBACK[2]]),
    ],
    ids=["short", "long", "traceback last", "two tracebacks", "chatter after", "deep traceback"],
)
def test_last_lines_are_the_end_of_the_last_traceback(tmp_path, lines, expected):
    log = tmp_path / "run.log"
    log.write_text("\n".join(lines) + "\n")
    assert run_log.last_lines(log) == expected


def test_last_lines_of_a_log_that_is_not_utf8(tmp_path):
    log = tmp_path / "run.log"
    log.write_bytes(b"caf\xe9\n")
    assert run_log.last_lines(log) == ["caf�"]
