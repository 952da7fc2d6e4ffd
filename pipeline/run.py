"""One run, from a config to a RunResult: what `turnstile run` does between parsing flags and printing."""

from __future__ import annotations

import datetime
import time
from pathlib import Path
from typing import Any

from components.example_gen import input_check
from pipeline import run_log
from pipeline.config import Config
from pipeline.progress import Progress


def new_run_id() -> str:
    """Returns a name for a run that starts now: UTC, to the microsecond, fit for a folder's name."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%f")


def run(config: Config, engine: str = "local", run_id: str | None = None) -> Any:
    """Runs the pipeline with progress on stderr, everything else in a log file.

    Args:
        config: what to run.
        engine: "local" for TFX's local runner, "beam" for Beam's.
        run_id: its name; a new one by default.

    Returns:
        A pipeline.result.RunResult; failures and refusals are in it, not raised.
    """
    started, run_id = time.monotonic(), run_id or new_run_id()
    root = Path(config.output) / config.name
    log = root / "runs" / run_id / "run.log"
    with run_log.redirected(log) as terminal, Progress(terminal) as progress, run_log.listening(progress):
        if faults := input_check.faults(config.data.path):
            from pipeline import result

            progress.failed()
            return result.refused_input(config, run_id, log, time.monotonic() - started, faults)
        return _run(config, engine, run_id, log, progress, started)


def _run(config: Config, engine: Any, run_id: str, log: Path, progress: Progress, started: float) -> Any:
    import logging

    from pipeline import metadata_store, result
    from pipeline.dag import create_pipeline
    from pipeline.runners import local

    database = Path(config.output) / config.name / "metadata.db"
    metadata_store.forget_lost_versions(database)
    pipeline, error = create_pipeline(config), None
    try:
        local.run(pipeline, run_id, engine)
    except Exception as caught:
        logging.getLogger().exception("the run failed")
        progress.failed()
        error = caught
    ids = [component.id for component in pipeline.components]
    executions = metadata_store.executions(database, run_id)
    return result.collect(config, run_id, log, time.monotonic() - started, ids, executions, error)
