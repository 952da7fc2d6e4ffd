"""Locks that keep processes apart, and files that are never seen half-written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from turnstile import files
from turnstile.errors import TurnstileError, UsageError

_HOLDS = """
import sys, time
from pathlib import Path
from turnstile.files import locked
with locked(Path(sys.argv[1]), "waiting", shared=len(sys.argv) > 2):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=["file", "folder"])
def path(request, tmp_path):
    """What is locked: a file that is not there yet, or a folder."""
    return tmp_path / "lock" if request.param == "file" else tmp_path


@pytest.fixture
def holder(path):
    """Starts a process that holds the lock."""
    started = []

    def start(*shared):
        process = subprocess.Popen([sys.executable, "-c", _HOLDS, path, *shared], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_lock_that_is_held_is_refused_until_its_holder_has_died(path, holder):
    process = holder()
    with pytest.raises(TurnstileError, match="busy"), files.locked(path, TurnstileError("busy")):
        pass
    process.kill()
    process.wait()
    with files.locked(path, TurnstileError("busy")):
        pass


def test_those_that_share_a_lock_keep_out_only_those_that_do_not(path, holder):
    holder("shared")
    with files.locked(path, TurnstileError("busy"), shared=True):
        pass
    with pytest.raises(TurnstileError, match="busy"), files.locked(path, TurnstileError("busy")):
        pass


@pytest.mark.parametrize("write", [files.replace, files.write])
def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path, write):
    file = tmp_path / "a"
    file.write_text("old" * 1000)
    write(file, "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "new")]
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_link_stays_one_and_its_target_is_written(tmp_path):
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    files.write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_a_device_is_written_to_and_not_replaced():
    files.write(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()


def test_a_file_that_cannot_be_written_is_a_usage_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        files.write(tmp_path / "file" / "below", "text")
