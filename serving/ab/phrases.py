"""Counted things in the texts of the A/B test."""

from __future__ import annotations


def counted(number: int, things: str) -> str:
    """Returns "2 rows of it", but "1 row of it".

    Args:
        number: the number of the things.
        things: words, of which the first is a plural in -s.
    """
    first, *others = things.split(" ")
    return " ".join([f"{number:,}", first.removesuffix("s") if number == 1 else first, *others])
