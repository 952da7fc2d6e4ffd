"""Which spans of a path have arrived, and whether each is complete: a span may be there before all of it is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.example_gen import file_listing
from turnstile import csv_dialect, span_pattern
from turnstile.span_pattern import Span

# The file without content by which Spark, Hadoop and `turnstile data split` say that a folder is complete.
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
    """

    span: Span
    version: int | None
    files: tuple[Path, ...]
    fault: str | None


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
    folder, pattern = span_pattern.folder_and_pattern(str(Path(path)))
    found, now = _Found.of(folder, file_listing.escaped(pattern)), time.time() if now is None else now
    return [
        Arrival(span, version, files, found.fault(span) or _unsettled(files, settle_seconds, now))
        for (span, version), files in found.files.items()
    ]


def of_spans(folder: str | Path, pattern: str, spans: Iterable[Span]) -> list[Arrival]:
    """Lists some spans of what is in a folder; looks into no file of the others.

    Args:
        folder: the folder; its name may have any character in it.
        pattern: the pattern of the files in it, with placeholders, escaped for `glob`.
        spans: which.
    """
    found, wanted = _Found.of(folder, pattern), set(spans)
    return [
        Arrival(span, version, files, found.fault(span))
        for (span, version), files in found.files.items()
        if span in wanted
    ]


def spans_in(folder: str | Path, pattern: str) -> list[Span]:
    """Lists the spans of what is in a folder, oldest first; arguments as of `of_spans`."""
    return [span for span, _ in _Found.of(folder, pattern).files]


@dataclass(frozen=True)
class _Found:
    """The spans of a folder.

    Attributes:
        files: by span and latest version, oldest first.
        twins: of a path that names one file for a span: spans of two, as 7.csv and 07.csv.
        marked: the spans whose folder has a marker.
    """

    files: Mapping[tuple[Span, int | None], tuple[Path, ...]]
    twins: Mapping[Span, tuple[Path, ...]]
    marked: frozenset[Span]

    @classmethod
    def of(cls, folder: str | Path, pattern: str) -> _Found:
        """Looks at the names alone."""
        named: dict[Span, dict[int | None, list[Path]]] = {}
        for path in file_listing.matching(folder, span_pattern.as_glob(pattern)):
            values = span_pattern.values(pattern, str(path.relative_to(folder)))
            span = span_pattern.span_of(values) if values else None
            if values and span is not None and not path.is_dir():
                named.setdefault(span, {}).setdefault(values.get("VERSION"), []).append(path)
        files, twins = {}, {}
        for span in sorted(named, key=span_pattern.number):
            version = max(named[span], key=lambda number: number or 0)
            filled = span_pattern.as_glob(span_pattern.filled(pattern, span, version))
            files[span, version] = file_listing.listed(folder, filled).files
            if len(named[span][version]) > 1 and not set(pattern) & set("*?"):
                twins[span] = tuple(named[span][version])
        own_folder = "{" not in Path(pattern).name  # of each span, so that a marker in it is of the span
        marked = (span for (span, _), there in files.items() if any((f.parent / MARKER).exists() for f in there))
        return cls(files, twins, frozenset(marked if own_folder else ()))

    def fault(self, span: Span) -> str | None:
        """Says why a span is not complete; None if it is."""
        files = next(there for (one, _), there in self.files.items() if one == span)
        if twins := self.twins.get(span):
            names = " and ".join(str(path) for path in twins)
            return f"has {len(twins)} files where one is expected: {names}. Move all but one elsewhere"
        if self.marked and span not in self.marked:
            there = files[0].parent if files else "its folder"
            return (
                f"is half-written: {there} has no {MARKER}, and those of other spans ({len(self.marked)}) have one. "
                f"Wait until it is complete; if it is, make that file: touch {there}/{MARKER}"
            )
        faults = (_fault_of_file(path, self._ends_lines(span)) for path in files)
        return next((fault for fault in faults if fault), None) if files else "has no file that can be read"

    def _ends_lines(self, span: Span) -> bool:
        """Whether the last line of another span, the newest there is with any bytes, ends as a line does."""
        others = [there[0] for (one, _), there in self.files.items() if one != span and there]
        newest = next((path for path in reversed(others) if path.stat().st_size), None)
        return newest is not None and _ends_a_line(newest)


def _fault_of_file(path: Path, lines_end: bool) -> str | None:
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


def _ends_a_line(path: Path) -> bool:
    return csv_dialect.ending(path.name) != csv_dialect.CSV or _end(path).endswith(_LINE_ENDS)


def _end(path: Path) -> bytes:
    """The last four bytes of a file."""
    with path.open("rb") as file:
        file.seek(-min(4, path.stat().st_size), 2)
        return file.read()


def _unsettled(files: Iterable[Path], settle_seconds: float | None, now: float) -> str | None:
    if settle_seconds is None:
        return None
    age = now - max((path.stat().st_mtime for path in files), default=now)
    waits = f"was changed {age:.0f} s ago; it counts as complete when it has not changed for {settle_seconds:g} s"
    return waits if age < settle_seconds else None
