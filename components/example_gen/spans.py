"""Finds the files of a span: those that ExampleGen's driver takes when it runs, by the same rules of TFX's.

What TFX would stumble over, or take for nothing, is refused in words.
"""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from turnstile import span_pattern
from turnstile.errors import UsageError
from turnstile.span_pattern import Span

# TFX makes a regular expression of the whole path, and takes none of these for itself.
_SPECIAL = set("^$|[]{}\\")
# Spans that a message names at each end of a long list.
_SHOWN = 3


@dataclass(frozen=True)
class Selected:
    """What a path stands for.

    Attributes:
        span: a date, or a number.
        version: the latest of the span; None if the path has no {VERSION}.
        files: in name order; at least one.
    """

    span: Span
    version: int | None
    files: tuple[Path, ...]


def select(path: str, span: Span | None = None) -> Selected:
    """Finds the files of a span, or of the latest.

    Args:
        path: with placeholders, with which span_pattern.fault finds nothing wrong.
        span: which; by default the latest there is.

    Raises:
        UsageError: there is no such file, or a file that TFX cannot tell the span of.
    """
    path = str(Path(path))
    _check_characters(path)
    asked = span_pattern.filled(path, span)
    found = [_span_and_version(path, asked, file, span) for file in _matching(asked)]
    if not found:
        raise _none(path, span)
    latest, version = max(found, key=lambda one: (span_pattern.number(one[0]), one[1] or 0))
    files = tuple(sorted(map(Path, _matching(span_pattern.filled(path, latest, version)))))
    if not files:
        raise _none(path, latest)
    if folder := next((file for file in files if file.is_dir()), None):
        raise UsageError(f"{folder}: is a folder; to take the files in it, end data.path in /*{folder.suffix}")
    return Selected(latest, version, files)


def _matching(path: str) -> list[str]:
    return glob.glob(span_pattern.as_glob(path))  # noqa: PTH207 - TFX's choice: * matches no hidden file


def _check_characters(path: str) -> None:
    folder, pattern = span_pattern.folder_and_pattern(path)
    whole = f"{folder.resolve()}/{span_pattern.as_glob(pattern)}"
    if special := sorted(set(whole) & _SPECIAL):
        raise UsageError(
            f"{whole}: has '{special[0]}' in it, which TFX cannot take in a path with spans. Rename the file or "
            "folder, or write * or ?"
        )


def _span_and_version(path: str, asked: str, file: str, known: Span | None) -> tuple[Span, int | None]:
    values = span_pattern.values(asked, file)
    span = known if known is not None or values is None else span_pattern.span_of(values)
    if values is None or span is None:
        raise UsageError(
            f"{file}: is not named as {path} asks, where {span_pattern.rules(path)}. Rename it, or move it elsewhere"
        )
    return span, values.get("VERSION")


def _none(path: str, span: Span | None) -> UsageError:
    """Says that there is no file, and which spans there are."""
    named = (span_pattern.values(path, file) for file in _matching(path))
    told = {one for values in named if values and (one := span_pattern.span_of(values)) is not None}
    there = sorted(told, key=span_pattern.number)
    if not there:
        where = f"Paths are relative to where you run the command: {Path.cwd()}"
        return UsageError(f"{path}: there is no file of that name (data.path, or --data). {where}")
    if span in there:
        return UsageError(
            f"{path}: in the names of the files of {span}, a number has leading zeros. Say how many digits it has, "
            "as {SPAN:3} or {VERSION:3}"
        )
    return UsageError(f"{path}: there is no file for {span} (data.span, or --span). {_listed(there)}")


def _listed(spans: Sequence[Span]) -> str:
    names = [str(span) for span in spans]
    if len(names) > 2 * _SHOWN:
        names[_SHOWN:-_SHOWN] = ["..."]
    return f"There is {names[0]} only" if len(spans) == 1 else f"There are {len(spans)}: {', '.join(names)}"
