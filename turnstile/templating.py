"""Fills the templates of pages; whatever a name holds is text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

# What the pages of all folders share: their colors, light and dark.
_SHARED = Path(__file__).parent / "templates"


def filled(
    template: str,
    folders: Sequence[Path],
    filters: Mapping[str, Callable[..., Any]],
    found: Mapping[str, Any],
    escaped: bool = True,
) -> str:
    """Returns a page.

    Args:
        template: the name of its template.
        folders: where templates are; of two of one name, the first folder's is taken.
        filters: what templates may call, by name.
        found: what the template is filled with.
        escaped: whether values are escaped as HTML asks for.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        autoescape=escaped,
        loader=FileSystemLoader([*folders, _SHARED]),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.filters.update(filters)
    return templates.get_template(template).render(**found)
