"""What a model card consists of, whatever it is written as; and how its numbers and names are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NONE = "–"  # noqa: RUF001 - what stands where there is no number
_LONGEST = 120  # signs of a name; one of 10,000 would hide the rest of the page


@dataclass(frozen=True, kw_only=True)
class Part:
    """A section of a card, in the order in which it is read.

    Attributes:
        title: its heading.
        paragraphs: its sentences.
        items: a list below them.
        header: the names of the columns of a table; empty if there is none.
        rows: the rows of the table, as texts.
        code: lines to type or to send.
    """

    title: str
    paragraphs: Sequence[str] = ()
    items: Sequence[str] = ()
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    code: Sequence[str] = ()


def short(text: Any) -> str:
    """Returns a name or a path on one line, cut if it is very long."""
    line = " ".join(str(text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def number(value: float | None) -> str:
    """Returns a number with four digits after the point, a count without; NONE for none."""
    if value is None:
        return NONE
    count = isinstance(value, int) or (value.is_integer() and abs(value) > 1)
    return f"{value:,.0f}" if count else f"{value:,.4f}"


def interval(found: Mapping[str, float] | None) -> str:
    """Returns the ends of an interval; NONE for none."""
    return f"{number(found['low'])} to {number(found['high'])}" if found else NONE
