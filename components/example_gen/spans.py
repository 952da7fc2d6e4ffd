"""Finds the files of a span: those that ExampleGen's driver takes when it runs, by the same rules of TFX's.

What TFX would stumble over, or take for nothing, is refused in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.example_gen import file_listing
from components.example_gen.file_listing import Listed
from turnstile import span_pattern
from turnstile.errors import UsageError
from turnstile.places import Place, correct, place
from turnstile.span_pattern import Span

# Spans that a message names at each end of a long list.
_SHOWN = 3


@dataclass(frozen=True)
class Selected:
    """What a path stands for.

    Attributes:
        span: a date, or a number.
        version: the latest of the span; None if the path has no {VERSION}.
        listed: its files, at least one, and those that are skipped.
    """

    span: Span
    version: int | None
    listed: Listed

    @property
    def files(self) -> tuple[Place, ...]:
        """The files, in name order."""
        return self.listed.files


def select(path: str, span: Span | None = None) -> Selected:
    """Finds the files of a span, or of the latest.

    Args:
        path: a path with placeholders, in which span_pattern.fault finds nothing wrong.
        span: which; by default the latest there is.

    Raises:
        UsageError: there is no such file, or a file that TFX cannot tell the span of.
    """
    folder, pattern = span_pattern.folder_and_pattern(path)
    return select_in(folder, file_listing.escaped(pattern), span, path)


def select_in(folder: str | Place, pattern: str, span: Span | None, path: str) -> Selected:
    """Does the same for the files in a folder.

    Args:
        folder: the folder; its name may have any character in it.
        pattern: the pattern of the files in it, with placeholders, escaped for `glob`.
        span: which; by default the latest there is.
        path: folder and pattern as the user wrote them, for messages.

    Raises:
        UsageError: as `select`.
    """
    asked = span_pattern.filled(pattern, span)
    matching = _matching(folder, asked)
    found = [_span_and_version(path, asked, place(folder) / file, file, span) for file in matching]
    if not found:
        raise _none(path, folder, pattern, span)
    latest, version = max(found, key=lambda one: (span_pattern.number(one[0]), one[1] or 0))
    filled = span_pattern.filled(pattern, latest, version)
    listed = file_listing.listed(folder, span_pattern.as_glob(filled))
    if not listed.files:
        raise _none(path, folder, pattern, latest)
    return Selected(latest, version, listed)


def _matching(folder: str | Place, pattern: str) -> list[str]:
    """Returns paths below the folder; raises UsageError where folders alone have such names."""
    found = file_listing.matching(folder, span_pattern.as_glob(pattern))
    files = [path for path in found if not path.is_dir()]
    if found and not files:
        raise UsageError(f"{found[0]}: is a folder; to take the files in it, end data.path in /*{found[0].suffix}")
    return [file_listing.below(folder, file) for file in files]


def _span_and_version(path: str, asked: str, whole: Place, file: str, known: Span | None) -> tuple[Span, int | None]:
    values = span_pattern.values(asked, file)
    span = known if known is not None or values is None else span_pattern.span_of(values)
    if values is None or span is None:
        raise UsageError(
            f"{whole}: is not named as {path} asks, where {span_pattern.rules(path)}. Rename it, or move it elsewhere"
        )
    return span, values.get("VERSION")


def _none(path: str, folder: str | Place, pattern: str, span: Span | None) -> UsageError:
    """Says that there is no file, and which spans there are."""
    named = (span_pattern.values(pattern, file) for file in _matching(folder, pattern))
    told = {one for values in named if values and (one := span_pattern.span_of(values)) is not None}
    there = sorted(told, key=span_pattern.number)
    if not there:
        return UsageError(f"{path}: there is no file of that name (data.path, or --data). {correct(path)}")
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
    return f"The only one is: {names[0]}" if len(spans) == 1 else f"There are {len(spans)}: {', '.join(names)}"
