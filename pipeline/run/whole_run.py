"""One run, from a config to a RunResult: what `turnstile run` does between parsing flags and printing."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import artifacts
from pipeline.beam import check_answers
from pipeline.config import Config
from pipeline.run import folder
from pipeline.run.importing_tfx import importing_tfx
from pipeline.run.progress import Progress
from serving.releases.version_folders import check_next
from turnstile import run_log
from turnstile.errors import DataRefusedError, TurnstileError, UsageError
from turnstile.places import Place, place

if TYPE_CHECKING:
    from pipeline.run.local_runner import Engine
    from pipeline.run.result import RunResult

logger = logging.getLogger("run")

# What is said when the metadata are on a server that went away in the middle of a run.
_KEPT = "The run has ended; the stages that were done are kept, and are not done again when it is typed again."


def run(config: Config, engine: Engine = "local", run_id: str | None = None) -> RunResult:
    """Runs the pipeline with progress on stderr, everything else in a log file.

    Args:
        config: what to run.
        engine: "local" for TFX's local runner, "beam" for Beam's.
        run_id: its name; a new one by default.

    Returns:
        What came of it; failures and refusals are in it, not raised.

    Raises:
        UsageError: another run is going on in the same folder, a folder cannot be written, or the config pushes to
            where a run on this machine cannot.
    """
    if config.serving.vertex:
        raise UsageError(
            "[serving.vertex] deploys models from an object store, and a run on this machine writes to none. Remove "
            "[serving.vertex] from the config, or run the pipeline on Vertex AI: turnstile compile vertex"
        )
    check_next(Path(config.serving.dir) / config.name)
    started, run_id, error = time.monotonic(), run_id or folder.new_run_id(), None
    log = folder.log_file(config, run_id)
    with recorded(config, log) as progress:
        with importing_tfx():
            from pipeline.dag import create_pipeline
            from pipeline.run import local_runner, metadata_store, record, result
        database = folder.database(config)
        metadata_store.forget_stale_versions(database)
        pipeline = create_pipeline(config)
        try:
            local_runner.run(pipeline, run_id, engine, kept=folder.ir_file(config, run_id))
        except Exception as caught:
            logger.exception("the run failed")
            progress.failed()
            error = caught
        ids = [component.id for component in pipeline.components]
        try:
            executions = metadata_store.executions(database, run_id)
        except TurnstileError as away:
            raise TurnstileError(f"{away}. {_KEPT} The log is {log}") from error
        found = result.collect(config, run_id, log, time.monotonic() - started, ids, executions, error)
        record.write(folder.root(config), config, found, executions)
        return dataclasses.replace(found, report=_reported(config, run_id))


def _reported(config: Config, run_id: str) -> str | None:
    """Writes the report of a run; a fault in that goes to the log, and costs nobody the run."""
    from pipeline.report import record
    from pipeline.run import report

    root = folder.root(config)
    file = folder.record_file(root, run_id)
    try:
        return str(report.write(root, folder.database(config), record.read(file), file.with_name(folder.REPORT)))
    except Exception:
        logger.exception("the report of the run could not be written")
        return None


@contextmanager
def recorded(config: Config, log: Path) -> Iterator[Progress]:
    """Holds the output folder, sends what is printed to `log`, and shows progress instead."""
    check_answers(config.beam)
    with folder.exclusive(config):
        artifacts.check(artifacts.root(config), folder.root(config))
        if config.metadata:
            from pipeline.run import metadata_store

            metadata_store.check_owner(folder.database(config), config.name, artifacts.root(config))
        with run_log.redirected(log) as terminal, Progress(terminal) as progress, run_log.listening(progress):
            yield progress


def statistics(config: Config) -> Place:
    """Runs the pipeline up to StatisticsGen, from cache if it can; returns the folder of the statistics.

    Raises:
        DataRefusedError: the input files cannot be read.
        TurnstileError: the statistics could not be computed.
    """
    run_id = folder.new_run_id()
    log = folder.log_file(config, run_id)
    with recorded(config, log):
        with importing_tfx():
            from pipeline.dag import create_pipeline
            from pipeline.run import local_runner, metadata_store
            from pipeline.run.gate_results import refusal_of_data

        try:
            local_runner.run(create_pipeline(config), run_id, until="StatisticsGen")
        except Exception as error:
            logger.exception("the statistics could not be computed")
            refused = refusal_of_data(metadata_store.executions(folder.database(config), run_id))
            if refused:
                raise DataRefusedError("\n".join(refused.reasons)) from error
            raise TurnstileError(f"the statistics could not be computed: {error}. See {log}") from error
        found = metadata_store.executions(folder.database(config), run_id)
        return place(found["StatisticsGen"].outputs["ExampleStatistics"].uri)
