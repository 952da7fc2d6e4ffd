"""Text whose every character can be seen: a name with a byte order mark in it looks like another that has none."""

from __future__ import annotations

_KEPT = "\n\t"


def visible(text: str) -> str:
    """Returns text with its invisible characters as Python writes them, such as \\ufeff; lines and tabs stay."""
    if text.isprintable():
        return text
    seen = (sign if sign.isprintable() or sign in _KEPT else sign.encode("unicode_escape").decode() for sign in text)
    return "".join(seen)
