"""What a look leaves for the skew gate of the next run: the statistics of the requests, and what was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from components.distributions import STATISTICS
from pipeline.config import Config
from pipeline.data_gate_settings import MONITORING
from pipeline.monitor.looking import Look
from pipeline.run import folder
from turnstile import files
from turnstile.errors import UsageError

FOUND = "monitor.json"


def place(config: Config) -> Path:
    """Returns the folder."""
    return folder.root(config) / MONITORING


def write(config: Config, looked: Look, found: dict[str, Any]) -> Path | None:
    """Writes both files, each in one step; nothing if no request was answered.

    Args:
        config: of the pipeline.
        looked: the look.
        found: what `--json` prints.

    Returns:
        The file of the statistics, as TFDV writes them; None if there are none.

    Raises:
        UsageError: a file cannot be written.
    """
    if looked.statistics is None:
        return None
    to = place(config)
    try:
        to.mkdir(parents=True, exist_ok=True)
        files.replace(to / STATISTICS, looked.statistics.SerializeToString())
        files.replace(to / FOUND, json.dumps(found, indent=2) + "\n")
    except OSError as error:
        where = error.filename or to
        raise UsageError(f"{where}: cannot be written ({error.strerror}); it is set by --output") from error
    return to / STATISTICS
