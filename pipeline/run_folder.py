"""Where a pipeline's runs keep their things, and that only one run at a time does."""

from __future__ import annotations

import datetime
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.config import Config
from pipeline.errors import UsageError


def new_run_id() -> str:
    """Returns a name for a run that starts now: UTC, to the microsecond, fit for a folder's name."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%f")


def database(config: Config) -> Path:
    """Where TFX keeps the metadata of a config's runs."""
    return _root(config) / "metadata.db"


def log_file(config: Config, run_id: str) -> Path:
    """Where a run's log goes."""
    return _root(config) / "runs" / run_id / "run.log"


@contextmanager
def exclusive(config: Config) -> Iterator[None]:
    """Makes the output folder and holds it for this process; the kernel lets go of it however the process ends.

    Raises:
        UsageError: another run holds it, or a folder that will be needed cannot be written.
    """
    _check_writable(Path(config.serving.dir), "serving.dir, or --serving-dir")
    try:
        _root(config).mkdir(parents=True, exist_ok=True)
        handle = os.open(_root(config), os.O_RDONLY)
    except OSError as error:
        raise UsageError(f"{_root(config)}: cannot be made ({error.strerror}); it is set by --output") from error
    try:
        _hold(handle, _root(config))
        yield
    finally:
        os.close(handle)


def _hold(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = f"another run is going on in {folder}; wait for it, or give another --output"
        raise UsageError(message) from error


def _root(config: Config) -> Path:
    return Path(config.output) / config.name


def _check_writable(folder: Path, setting: str) -> None:
    existing = next(path for path in [folder.resolve(), *folder.resolve().parents] if path.exists())
    try:
        with tempfile.TemporaryDirectory(dir=existing):  # permissions alone do not tell
            pass
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); it is set by {setting}") from error
