"""Writes a model card as Markdown and as HTML, both from the same record and with the same words."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.card import content
from turnstile.templating import filled
from turnstile.visible import visible

MARKDOWN, HTML = "model_card.md", "model_card.html"
FILES = (MARKDOWN, HTML)
_TEMPLATES = Path(__file__).parent / "templates"

# What Markdown would take for more than a sign; an underscore within a word is none.
_SIGNS = re.compile(r"[\\`*\[\]#|~!]|(?<!\w)_|_(?!\w)")
_LIST_OR_LINE = re.compile(r"^(\d*)([-+.)=])(?=[\s=-]|$)")  # a list or a heading, at the beginning of a line

logger = logging.getLogger("turnstile.card")


def write(folder: Path, record: Mapping[str, Any]) -> None:
    """Writes both files into a folder. A fault in that goes to the log: it must keep no model from being released."""
    try:
        folder.mkdir(exist_ok=True)
        for name, text in rendered(record).items():
            (folder / name).write_text(text, encoding="utf-8")
    except Exception:
        logger.exception("the model card could not be written")


def rendered(record: Mapping[str, Any]) -> dict[str, str]:
    """Returns the text of each file, by its name.

    Args:
        record: of a run that has judged a model; see docs/release-record.md.
    """
    said = {"title": content.title(record), "parts": content.parts(record)}
    shown = {MARKDOWN: plain, HTML: visible}
    return {
        name: filled(f"{name}.j2", [_TEMPLATES], {"shown": shown[name]}, said, escaped=name == HTML) + "\n"
        for name in FILES
    }


def plain(text: str) -> str:
    """Returns a text such that Markdown shows it as it is, on one line, with what cannot be seen written out."""
    escaped = _SIGNS.sub(lambda sign: f"\\{sign[0]}", html.escape(" ".join(visible(text).split()), quote=False))
    return _LIST_OR_LINE.sub(r"\1\\\2", escaped)
