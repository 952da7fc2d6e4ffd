"""Lines of TOML whose comments stand below each other."""

from __future__ import annotations

from collections.abc import Iterable


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
