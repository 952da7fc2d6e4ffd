"""What benchmarks write into a page of docs/: tables, between two marks that say which command has made them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_END = "<!-- to here -->"


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Returns a table in Markdown: words in its first column, numbers in the others."""
    headings = list(headings)
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(page: Path, command: str, text: str) -> None:
    """Puts what a command has made in place of what stands between its marks.

    Args:
        page: the page, which has the marks.
        command: as the first mark names it.
        text: what goes between them.
    """
    begin = f"<!-- from here on: {command} -->"
    before, rest = page.read_text().split(begin)
    page.write_text(f"{before}{begin}\n\n{text}\n\n{_END}{rest.split(_END, 1)[1]}")
