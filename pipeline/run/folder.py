"""The folder of a pipeline's runs, which only one run at a time may use."""

from __future__ import annotations

import datetime
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline import metadata
from pipeline.config import Config
from pipeline.metadata import Database
from turnstile import files
from turnstile.errors import TurnstileError, UsageError

# A folder's name; Airflow's names of runs are of this kind.
_LONGEST = 200
REPORT = "report.html"  # the page about a run, beside its record
_RUN_ID = rf"[A-Za-z0-9][\w.:+@=~-]{{0,{_LONGEST - 1}}}"


def new_run_id() -> str:
    """Returns a name for a run that starts now: UTC, to the microsecond, fit for a folder's name."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%f")


def database(config: Config) -> Database:
    """Where TFX keeps the metadata of a config's runs."""
    return metadata.database(config.metadata, root(config))


def tunings(config: Config) -> Path:
    """Where the trials of a config's tunings are kept, and what the last one found."""
    return root(config) / "tuning"


def log_file(config: Config, run_id: str) -> Path:
    """Where a run's log goes."""
    return root(config) / "runs" / run_id / "run.log"


def record_file(root: Path, run_id: str) -> Path:
    """Where the record of a run goes, below the pipeline's root."""
    return root / "runs" / run_id / "release.json"


def ir_file(config: Config, run_id: str) -> Path:
    """Where the compiled pipeline of a run is kept."""
    return root(config) / "runs" / run_id / "ir.json"


def node_log(root: Path, run_id: str, id_: str) -> Path:
    """Where the log of one node goes.

    Args:
        root: the pipeline's.
        run_id: the run's name, which becomes a folder's.
        id_: the node's.

    Raises:
        UsageError: it cannot be a folder's name.
    """
    if not re.fullmatch(_RUN_ID, run_id):
        raise UsageError(
            f"--run-id {run_id!r}: expected a letter or digit first, then letters, digits and any of _.:+@=~-, "
            f"at most {_LONGEST} in all"
        )
    return root / "runs" / run_id / f"{id_}.log"


@contextmanager
def exclusive(config: Config) -> Iterator[None]:
    """Makes the output folder and holds it for this process; the kernel lets go of it however the process ends.

    Raises:
        UsageError: another run holds it, or a folder that will be needed cannot be written.
    """
    _check_writable(Path(config.serving.dir), "serving.dir, or --serving-dir")
    try:
        root(config).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{root(config)}: cannot be made ({error.strerror}); it is set by --output") from error
    message = f"another run is going on in {root(config)}; wait for it, or give another --output"
    with files.locked(root(config), UsageError(message)), _temporary_files(root(config) / "tmp"):
        yield


@contextmanager
def shared(root: Path) -> Iterator[None]:
    """Holds a pipeline's folder for a node: other nodes may run meanwhile, a whole run may not.

    Raises:
        TurnstileError: a whole run is going on.
    """
    root.mkdir(parents=True, exist_ok=True)
    message = f"a whole run is going on in {root}; wait for it"
    with files.locked(root, TurnstileError(message), shared=True):
        yield


@contextmanager
def alone(log: Path) -> Iterator[None]:
    """Holds a node's log, so that a scheduler that took an attempt for dead cannot have two write the same artifacts.

    Raises:
        TurnstileError: the node is running already.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    message = f"{log.stem} is running already in the run {log.parent.name}; wait for it"
    with files.locked(log, TurnstileError(message)), _temporary_files(log.with_suffix(".tmp")):
        yield


@contextmanager
def _temporary_files(folder: Path) -> Iterator[None]:
    """Has temporary files made in a folder, and removes it at the end; at the beginning, too, if a kill has left it.

    TensorFlow and Beam leave some behind: they count on an interpreter that shuts down, and on pipelines that succeed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    before = tempfile.tempdir
    tempfile.tempdir = str(folder.resolve())
    try:
        yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def root(config: Config) -> Path:
    """The folder that holds what a config's runs make."""
    return Path(config.output) / config.name


def _check_writable(folder: Path, setting: str) -> None:
    existing = next(path for path in [folder.resolve(), *folder.resolve().parents] if path.exists())
    try:
        with tempfile.TemporaryDirectory(dir=existing):  # permissions alone do not tell
            pass
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); it is set by {setting}") from error
