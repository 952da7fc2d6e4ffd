"""Which spans of a path have arrived, and whether each is complete: a span may be there before all of it is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from components.example_gen import file_listing
from turnstile import csv_dialect, span_pattern
from turnstile.places import Place
from turnstile.span_pattern import Span

# The file without content by which Spark and Hadoop say that a folder is complete.
MARKER = "_SUCCESS"
_PARQUET_ENDS = b"PAR1"
_LINE_ENDS = (b"\n", b"\r")


@dataclass(frozen=True)
class Arrival:
    """A span of a path.

    Attributes:
        span: a date, or a number.
        version: the latest of the span; None if the path has no {VERSION}.
        files: its files, in name order.
        fault: why it is not complete, as words behind the span's name; None if it is complete.
        settling: whether it was written to within the settle time, so that it may well become complete by itself.
    """

    span: Span
    version: int | None
    files: tuple[Place, ...]
    fault: str | None
    settling: bool = False


def arrivals(path: str, settle_seconds: float | None = None, now: float | None = None) -> list[Arrival]:
    """Lists the spans of a path, oldest first; files that are not named as the path asks are left out.

    A span is complete if its folder has a file _SUCCESS, where the folder of any other span has one. Where none has,
    it is complete if no file of it was changed in the last `settle_seconds`. In either case it has files, and none of
    them is empty or ends in the middle of a row, as far as its last bytes tell.

    Args:
        path: a path with placeholders, in which span_pattern.fault finds nothing wrong.
        settle_seconds: for how long the files of a complete span have not changed; None if that is not asked.
        now: the time, in seconds since 1970; by default the clock's.
    """
    found = Found.of_path(path)
    return [found.arrival(span, settle_seconds, now) for span in found.spans]


@dataclass(frozen=True)
class Found:
    """The spans of a folder, by the names of its files; only those of a span that is asked about are opened.

    Attributes:
        folder: the folder; its name may have any character in it.
        pattern: the pattern of the files in it, with placeholders, escaped for `glob`.
        named: each span's latest version, and what is named so; the oldest span first.
    """

    folder: str | Place
    pattern: str
    named: Mapping[Span, tuple[int | None, tuple[Place, ...]]]

    @classmethod
    def of_path(cls, path: str) -> Found:
        """Does the same as `of`; the path is one with placeholders, in which span_pattern.fault finds nothing wrong."""
        folder, pattern = span_pattern.folder_and_pattern(path)
        return cls.of(folder, file_listing.escaped(pattern))

    @classmethod
    def of(cls, folder: str | Place, pattern: str) -> Found:
        """Looks at the names alone; arguments as of the class."""
        named: dict[Span, dict[int | None, list[Place]]] = {}
        for path in file_listing.matching(folder, span_pattern.as_glob(pattern)):
            values = span_pattern.values(pattern, file_listing.below(folder, path))
            span = span_pattern.span_of(values) if values else None
            if values and span is not None and not path.is_dir():
                named.setdefault(span, {}).setdefault(values.get("VERSION"), []).append(path)
        latest = {span: max(named[span], key=lambda number: number or 0) for span in named}
        spans = sorted(named, key=span_pattern.number)
        return cls(folder, pattern, {span: (latest[span], tuple(named[span][latest[span]])) for span in spans})

    @property
    def spans(self) -> list[Span]:
        """All spans, oldest first."""
        return list(self.named)

    def arrival(self, span: Span, settle_seconds: float | None = None, now: float | None = None) -> Arrival:
        """Looks into the files of a span; the other arguments are those of `arrivals`."""
        version, named = self.named[span]
        files = self._files(span)
        fault = self._fault(span, named, files)
        waits = _unsettled(files, settle_seconds, time.time() if now is None else now)
        if span in self._marked:
            waits = None
        return Arrival(span, version, files, fault or waits, settling=waits is not None)

    @cached_property
    def _marked(self) -> frozenset[Span]:
        """The spans with a marker in a folder of their own."""
        pattern = PurePosixPath(self.pattern)
        if "{" in pattern.name:
            return frozenset()
        marker = span_pattern.as_glob(str(pattern.with_name(MARKER)))
        marked = {path.parent for path in file_listing.matching(self.folder, marker)}
        return frozenset(
            span for span, (_, named) in self.named.items() if any(path.parent in marked for path in named)
        )

    def _files(self, span: Span) -> tuple[Place, ...]:
        filled = span_pattern.filled(self.pattern, span, self.named[span][0])
        return file_listing.listed(self.folder, span_pattern.as_glob(filled)).files

    def _fault(self, span: Span, named: Sequence[Place], files: Sequence[Place]) -> str | None:
        if len(named) > 1 and not set(self.pattern) & set("*?"):
            names = " and ".join(map(str, named))
            return f"has {len(named)} files where one is expected: {names}. Move all but one elsewhere"
        if self._marked and span not in self._marked:
            there = files[0].parent if files else "its folder"
            return (
                f"is half-written: {there} has no {MARKER}, and those of other spans ({len(self._marked)}) have one. "
                f"Wait until it is complete; if it is, make that file: touch {there}/{MARKER}"
            )
        faults = (_fault_of_file(path, self._ends_lines(span)) for path in files)
        return next((fault for fault in faults if fault), None) if files else "has no file that can be read"

    def _ends_lines(self, span: Span) -> bool:
        """Whether the last line of another span, the newest there is with any bytes, ends as a line does."""
        others = (self._files(other) for other in reversed(self.spans) if other != span)
        newest = next((files[0] for files in others if files and files[0].stat().st_size), None)
        return newest is not None and _ends_a_line(newest)


def _fault_of_file(path: Place, lines_end: bool) -> str | None:
    again = "Wait until it is whole, or write it again"
    if not path.stat().st_size:
        return f"is empty: {path} has no bytes. {again}"
    if csv_dialect.ending(path.name) == csv_dialect.PARQUET:
        whole = _end(path) == _PARQUET_ENDS
        return None if whole else f"is half-written: {path} lacks the end of a Parquet file. {again}"
    if csv_dialect.ending(path.name) == csv_dialect.CSV and lines_end and not _ends_a_line(path):
        return (
            f"is half-written: the last line of {path} has no end, as those of the other spans have. {again}; if it is "
            "whole, end its last line"
        )
    return None


def _ends_a_line(path: Place) -> bool:
    return csv_dialect.ending(path.name) != csv_dialect.CSV or _end(path).endswith(_LINE_ENDS)


def _end(path: Place) -> bytes:
    """The last four bytes of a file."""
    with path.open("rb") as file:
        file.seek(-min(4, path.stat().st_size), 2)
        return file.read()


def _unsettled(files: Iterable[Place], settle_seconds: float | None, now: float) -> str | None:
    if settle_seconds is None:
        return None
    age = now - max((path.stat().st_mtime for path in files), default=now)
    waits = f"was changed {age:.0f} s ago; it counts as complete when it has not changed for {settle_seconds:g} s"
    return waits if age < settle_seconds else None
