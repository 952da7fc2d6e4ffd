"""The page of a replay: its charts, its table, and why what did not pass did not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.config import Config
from pipeline.replay import charts
from pipeline.replay.replayed import Replayed, shown_metric
from pipeline.report import words
from pipeline.report.page import TEMPLATES
from turnstile import files
from turnstile.templating import filled

NAME = "replay.html"
_TEMPLATES = Path(__file__).parent / "templates"


def write(config: Config, found: Sequence[Replayed], file: Path) -> Path:
    """Writes the page; returns its file.

    Raises:
        UsageError: it cannot be written.
    """
    metric = shown_metric(found)
    told = {
        "pipeline": config.name,
        "data": config.data,
        "found": found,
        "metric": metric,
        "charts": [chart for draw in (charts.metric, charts.difference) if metric and (chart := draw(found, metric))],
    }
    files.write(file, filled(f"{NAME}.j2", [_TEMPLATES, TEMPLATES], words.FILTERS, told))
    return file
