"""Finds what `turnstile report` is asked about: a run by its name, a version by its number, or the last run."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import Config
from pipeline.next_command import next_command
from pipeline.report.record import Record, read
from pipeline.run import folder
from serving.releases import release_record
from serving.releases.state import release_folder
from serving.releases.version_folders import version_folder
from turnstile.errors import UsageError

logger = logging.getLogger("report")


@dataclass(frozen=True)
class Found:
    """A record, and the page that is made of it."""

    record: Record
    page: Path


def find(config: Config, config_file: str, which: str | None) -> Found:
    """Finds a record.

    Args:
        config: of the pipeline.
        config_file: the file it was read from, for the command to type next.
        which: the run's name or the version's number; None for the last run.

    Raises:
        UsageError: there is no such run or version, or it has no record.
    """
    runs = folder.root(config) / "runs"
    if which is None:
        records = sorted(runs.glob(f"*/{folder.record_file(folder.root(config), 'any').name}"))
        if not records:
            raise UsageError(
                f"{runs}: there is no record of a run yet. Run: {next_command('run', config, config_file)}"
            )
        return _of_run(records[-1])
    if (record := folder.record_file(folder.root(config), which)).exists() and record.parent.parent == runs:
        return _of_run(record)
    if which.isdecimal() and (found := _of_version(config, int(which))):
        return found
    versions = release_folder(config.serving, config.name).folder
    raise UsageError(
        f"{which}: is no run with a record in {runs}, and no version with one in {versions}. Runs are named by their "
        f"folders; versions are listed by: {next_command('models', config, config_file)}"
    )


def _of_run(file: Path) -> Found:
    return Found(read(file), file.with_name(folder.REPORT))


def _of_version(config: Config, number: int) -> Found | None:
    """A version that a run of this machine has pushed has the page of that run; one that was overridden, its own."""
    version = version_folder(release_folder(config.serving, config.name).folder, number)
    plain = release_record.read(version)
    if not plain:
        return None
    record = Record(plain)
    of_run = folder.record_file(folder.root(config), record.run_id or f"version-{number}")
    if of_run.exists() and not record.override:
        return _of_run(of_run)
    return Found(record, of_run.with_name(f"report-{number}.html"))


def page_of(config: Config, found: Found, other: Found | None = None) -> Path:
    """Returns the page of a run, which is written if it is not there yet.

    Args:
        config: of the pipeline.
        found: what `find` has found.
        other: another run, to compare with; such a page is written anew each time.
    """
    page = found.page
    if other:
        page = page.with_name(f"{page.stem}-against-{other.record.version or other.record.run_id}.html")
    elif page.exists():
        return page
    from pipeline.run.importing_tfx import without_a_log

    with without_a_log():
        from pipeline.run import report  # imports TFX

        return report.write(
            folder.root(config), folder.database(config), found.record, page, other.record if other else None
        )
