"""Which files data.path stands for: one, those of a folder, or those of a span."""

from __future__ import annotations

import glob
from collections.abc import Sequence

from components.example_gen import spans
from components.example_gen.file_listing import Listed, escaped, listed
from turnstile import csv_dialect, span_pattern
from turnstile.places import Place, place
from turnstile.span_pattern import Span


def input_files(path: str | Place, span: Span | None = None) -> list[Place]:
    """Returns the data files that a path stands for, in name order: they end as csv_dialect.ENDINGS.

    Args:
        path: a file, a folder, or a pattern of spans.
        span: which span of a pattern; by default the latest there is.

    Raises:
        UsageError: a pattern has no file for the span, or none at all.
    """
    return list(of_path(path, span).files)


def of_path(path: str | Place, span: Span | None = None) -> Listed:
    """Returns the same, and what was skipped; arguments and errors as of input_files."""
    if span_pattern.is_pattern(str(path)):
        return spans.select(str(path), span).listed
    if (file := place(path)).is_file():
        return Listed((file,))
    return listed(file, _pattern(suffix_of(file)))


def suffix_of(folder: Place) -> str:
    """Returns the ending of the files in a folder: the first there is of those of CSV files, or else .parquet."""
    return next(iter(suffixes(folder)), csv_dialect.PARQUET)


def suffixes(folder: Place) -> Sequence[str]:
    """Returns which of the endings of input files are in a folder."""
    return [ending for ending in csv_dialect.ENDINGS if listed(folder, _pattern(ending)).files]


def _pattern(ending: str) -> str:
    """The pattern of files of an ending, in capital or small letters."""
    return "*" + "".join(f"[{sign}{sign.upper()}]" if sign.isalpha() else sign for sign in ending)


def folder_and_pattern(path: str) -> tuple[str, str]:
    """Returns the same as ExampleGen takes it: an absolute folder, and the pattern of the files in it."""
    if span_pattern.is_pattern(path):
        folder, pattern = span_pattern.folder_and_pattern(path)
        return str(folder.resolve()), escaped(pattern)
    absolute = place(path).resolve()
    if absolute.is_dir():
        return str(absolute), _pattern(suffix_of(absolute))
    if absolute.is_file():
        return str(absolute.parent), glob.escape(absolute.name)
    return str(absolute), _pattern(csv_dialect.ending(path) or csv_dialect.PARQUET)
