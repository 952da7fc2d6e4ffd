"""Prints tables and trees on standard output, whatever their cells hold."""

from __future__ import annotations

import sys

from rich.console import Console, RenderableType


def show(what: RenderableType, width: int) -> None:
    """Prints to the terminal, as wide as it is; to a file or a pipe, which have no width of their own, `width` wide."""
    piped = None if sys.stdout.isatty() else width
    Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=piped).print(what)
