"""Makes the page, and writes it beside the reports."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import Config
from pipeline.dashboard.collecting import Dashboard, collect
from pipeline.report import words
from pipeline.report.page import TEMPLATES
from pipeline.run import folder
from turnstile import files
from turnstile.templating import filled

NAME = "dashboard.html"
_TEMPLATES = Path(__file__).parent / "templates"


def html(found: Dashboard) -> str:
    """Returns the page; its links lead to the reports below the folder it lies in."""
    return filled(f"{NAME}.j2", [_TEMPLATES, TEMPLATES], words.FILTERS, {"found": found})


def write(config: Config) -> Path:
    """Writes the page of a pipeline; returns its file."""
    file = folder.root(config) / NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    files.write(file, html(collect(config)))
    return file
