"""Fills the templates of pages; whatever a name holds is text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.report import words

FOLDER = Path(__file__).parent / "templates"


def filled(template: str, *folders: Path, **found: Any) -> str:
    """Returns a page.

    Args:
        template: the name of its template.
        folders: where templates are, beside those of the report.
        found: what the template is filled with.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        autoescape=True,
        loader=FileSystemLoader([*folders, FOLDER]),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.filters.update(words.FILTERS)
    return templates.get_template(template).render(**found)
