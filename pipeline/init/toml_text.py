"""Values as TOML (version 1.0), and lines whose comments stand below each other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from turnstile.feature_line import toml_key


def value(thing: Any) -> str:
    """Returns a string, a number, a boolean, a list or a table, on one line."""
    if isinstance(thing, Mapping):
        return f"{{ {', '.join(f'{toml_key(name)} = {value(inner)}' for name, inner in thing.items())} }}"
    if isinstance(thing, list | tuple):
        return f"[{', '.join(map(value, thing))}]"
    # JSON's strings, numbers and booleans are TOML's, but for one sign that TOML wants escaped.
    return json.dumps(thing, ensure_ascii=False).replace("\x7f", "\\u007f")


def aligned(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    """Returns `key = value  # comment` lines whose signs stand below each other; rows are (key, value, comment)."""
    rows = list(rows)
    keys = max((len(name) for name, _, _ in rows), default=0)
    values = max((len(text) for _, text, comment in rows if comment), default=0)
    return [
        f"{name:<{keys}} = {f'{text:<{values}}  # {comment_text(comment)}' if comment else text}"
        for name, text, comment in rows
    ]


def comment_text(text: str) -> str:
    """Returns text as it can stand in a comment: on one line, without control characters."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
