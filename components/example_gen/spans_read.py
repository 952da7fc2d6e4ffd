"""The spans of a window as they were read: which files each has, how many rows, and whether any came twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from components.example_gen.input_record import InputFile, Open, input_file

# The parameter in which the driver tells the executor of a window's spans, and the property of the examples that tells
# of them: a list in JSON, oldest first. The parameter is part of the cache key, as all are.
SPANS = "spans"


@dataclass(frozen=True)
class SpanRead:
    """A span of a window.

    Attributes:
        span: its number.
        name: the number, or the date.
        version: its version; None if the path has no {VERSION}.
        files: its files.
        rows: how many rows it has; None before they are counted.
    """

    span: int
    name: str
    version: int | None
    files: tuple[InputFile, ...]
    rows: int | None = None

    @property
    def in_words(self) -> str:
        """Its name, with the folder or file that it is in."""
        first = self.files[0].path
        return f"span {self.name} ({first if len(self.files) == 1 else first.rpartition('/')[0]})"

    def as_dict(self) -> dict[str, Any]:
        """What the record says of it."""
        found = {"span": self.span, "version": self.version, "files": len(self.files), "rows": self.rows}
        return {name: value for name, value in found.items() if value is not None}


def read(told: str | None, paths: Callable[[str], Sequence[str]], open_: Open) -> list[SpanRead]:
    """Returns the spans that the driver told of, their files read whole; none if it told of none.

    Args:
        told: the driver's words.
        paths: returns the files of a pattern.
        open_: opens a path.
    """
    return [
        SpanRead(
            each["span"],
            each["name"],
            each["version"],
            tuple(input_file(path, open_, each["span"]) for path in paths(each["pattern"])),
        )
        for each in json.loads(told or "[]")
    ]


def counted(spans: Sequence[SpanRead], rows: Mapping[str, int]) -> list[SpanRead]:
    """Returns the spans with the number of their rows; `rows` has that of each file."""
    return [replace(each, rows=sum(rows[file.path] for file in each.files)) for each in spans]


def faults(spans: Sequence[SpanRead]) -> list[str]:
    """Returns a sentence or more for each span that has no rows, or the same content as an earlier one.

    Args:
        spans: those of the window, oldest first.
    """
    found, seen = [], dict[tuple[str, ...], SpanRead]()
    for each in spans:
        content = tuple(sorted(file.digest for file in each.files))
        if not each.rows:
            found.append(f"{each.in_words} is empty: it has a header, and no rows. Check how it was exported")
        elif content in seen:
            same = seen[content].in_words
            found.append(f"{each.in_words} is repeated: it has the same content as {same}. Put its own files there")
        seen.setdefault(content, each)
    return found
