"""Runs that are killed: serving is as it was, and the next run completes. After the push: test_releases.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# Runs the command in a process that is killed when the named function is called, or when it has done its work.
KILLED_IN = """
import importlib, os, signal, sys
module, name = {place!r}.rsplit(".", 1)
module = importlib.import_module(module)
original = getattr(module, name)

def deadly(*args, **kwargs):
    {done} and original(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(module, name, deadly)
from pipeline.commands.main import main
sys.argv = ["turnstile", *{arguments!r}]
main()
"""


def complete_versions(serving: Path) -> list[str]:
    """The versions; asserts that each is a whole SavedModel, for there is no such thing as a half one."""
    versions = [path for path in serving.glob("small/*") if path.name.isdigit()]
    for version in versions:
        files = {str(path.relative_to(version)) for path in version.rglob("*") if path.is_file()}
        assert files >= {"saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"}
    return [version.name for version in versions]


@pytest.fixture(scope="module")
def place(tmp_path_factory, small):
    """One folder for all kills: what was finished before a kill is not done again after it."""
    folder = tmp_path_factory.mktemp("killed")
    (folder / "config.toml").write_text(small)
    return folder


def arguments(place):
    return ["run", "--config", f"{place}/config.toml", "--output", f"{place}/o", "--serving-dir", f"{place}/s"]


@pytest.mark.parametrize(
    "where",
    [
        "components.trainer.signatures.export",  # in Trainer, before it exports
        "tfx.utils.io_utils.copy_file",  # in Pusher, with the model half copied
        "components.pusher.component.publish",  # in Pusher, before the version appears
    ],
)
def test_a_killed_run_leaves_serving_as_it_was(place, where):
    script = KILLED_IN.format(place=where, done=False, arguments=arguments(place))
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert complete_versions(place / "s") == []


def test_the_next_run_completes_and_leaves_no_temporary_files(place, tmp_path):
    command = [sys.executable, "-m", "pipeline.commands.main", *arguments(place)]
    finished = subprocess.run(command, env={**os.environ, "TMPDIR": str(tmp_path)}, capture_output=True)
    assert finished.returncode == 0, finished.stderr.decode()
    assert not list(tmp_path.iterdir())
    assert not (place / "o" / "small" / "tmp").exists()
    assert len(complete_versions(place / "s")) == 1
    assert [path.name for path in (place / "s" / "small").iterdir()] == complete_versions(place / "s")
