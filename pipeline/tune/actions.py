"""One tuning, from a config to what was found: what `turnstile tune` does between parsing flags and printing."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.tuner.settings import RESULT
from pipeline.config import Config
from pipeline.run import folder
from pipeline.run.importing_tfx import importing_tfx
from pipeline.run.whole_run import recorded
from pipeline.tune import config_edit
from turnstile import files
from turnstile.errors import DataRefusedError, TurnstileError

logger = logging.getLogger("tune")


@dataclass(frozen=True)
class Tuned:
    """What a tuning found.

    Attributes:
        trials: of each trial its "values" and its "loss", None where that was no number; the first is the config's.
        config: the config's values, by key of [training].
        best: those of the best trial.
        losses: in the check, of the "config" and the "best", with the "standard_error" of their difference; empty if
            the best trial is the config's.
        better: whether the best is better than the config by more than chance.
    """

    trials: list[dict[str, Any]]
    config: dict[str, Any]
    best: dict[str, Any]
    losses: dict[str, Any]
    better: bool

    @property
    def changes(self) -> dict[str, Any]:
        """The values to write into the config: none, unless they are better."""
        return {key: value for key, value in self.best.items() if self.better and value != self.config[key]}


def tune(config: Config) -> Tuned:
    """Runs the trials with progress on stderr, everything else in a log file.

    Raises:
        UsageError: a run is going on in the same folder, or there are too few rows.
        DataRefusedError: the data is not as agreed.
        TurnstileError: a trial failed.
    """
    began, run_id = time.time(), folder.new_run_id()
    log = folder.log_file(config, run_id)
    with recorded(config, log) as progress:
        import sklearn  # noqa: F401 - keras-tuner needs it, and the next line would hide it

        with importing_tfx():
            from pipeline.run import local_runner, metadata_store
            from pipeline.run.gate_results import refusal_of_data
            from pipeline.tune.dag import create_tuning_pipeline

        try:
            local_runner.run(create_tuning_pipeline(config, began), run_id)
        except TurnstileError:
            raise
        except Exception as error:
            logger.exception("the tuning failed")
            progress.failed()
            refused = refusal_of_data(metadata_store.executions(folder.database(config), run_id))
            if refused:
                raise DataRefusedError("\n".join(refused.in_words())) from error
            raise TurnstileError(f"the tuning failed: {error}. See {log}") from error
    return _read(config)


def proposed(tuned: Tuned, config_file: str, write: bool) -> tuple[str, bool]:
    """Returns the changes of a config's file as a diff, empty for none; and whether they were written into it.

    Args:
        tuned: what was found.
        config_file: the file.
        write: whether to write them.
    """
    before = Path(config_file).read_bytes().decode()
    after = config_edit.edited(before, tuned.changes) if tuned.changes else before
    written = write and after != before
    if written:
        files.write(Path(config_file), after)
    return config_edit.diff(before, after, config_file), written


def _read(config: Config) -> Tuned:
    return Tuned(**json.loads((folder.tunings(config) / RESULT).read_text()))
