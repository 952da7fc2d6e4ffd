"""Which files data.path stands for: one, those of a folder, or those of a span."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from components.example_gen import spans
from components.example_gen.file_listing import Listed, escaped, listed
from turnstile import span_pattern
from turnstile.span_pattern import Span

_SUFFIXES = (".csv", ".parquet")


def input_files(path: str | Path, span: Span | None = None) -> list[Path]:
    """Returns the .csv or .parquet files that a path stands for, in name order.

    Args:
        path: a file, a folder, or a pattern of spans.
        span: which span of a pattern; by default the latest there is.

    Raises:
        UsageError: a pattern has no file for the span, or none at all.
    """
    return list(of_path(path, span).files)


def of_path(path: str | Path, span: Span | None = None) -> Listed:
    """Returns the same, and what was skipped; arguments and errors as of input_files."""
    if span_pattern.is_pattern(str(path)):
        return spans.select(str(path), span).listed
    if (file := Path(path)).is_file():
        return Listed((file,))
    return listed(file, f"*{suffix_of(file)}")


def suffix_of(folder: Path) -> str:
    """Returns the suffix of the files in a folder: .csv if there is any such file, or else .parquet."""
    return ".csv" if ".csv" in suffixes(folder) else ".parquet"


def suffixes(folder: Path) -> Sequence[str]:
    """Returns which of the suffixes of input files are in a folder."""
    return [suffix for suffix in _SUFFIXES if listed(folder, f"*{suffix}").files]


def folder_and_pattern(path: str) -> tuple[str, str]:
    """Returns the same as ExampleGen takes it: an absolute folder, and the pattern of the files in it."""
    if span_pattern.is_pattern(path):
        folder, pattern = span_pattern.folder_and_pattern(path)
        return str(folder.resolve()), escaped(pattern)
    absolute = Path(path).resolve()
    if absolute.is_dir():
        return str(absolute), f"*{suffix_of(absolute)}"
    if absolute.is_file():
        return str(absolute.parent), glob.escape(absolute.name)
    return str(absolute), "*.csv" if absolute.suffix == ".csv" else "*.parquet"
