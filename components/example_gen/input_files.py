"""Which files data.path stands for: one, those of a folder, or those of a span."""

from __future__ import annotations

from pathlib import Path

from components.example_gen import spans
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
    if span_pattern.is_pattern(str(path)):
        return list(spans.select(str(path), span).files)
    path = Path(path)
    if path.is_file():
        return [path]
    return sorted(p for p in path.iterdir() if p.suffix in _SUFFIXES and p.is_file())


def folder_and_pattern(path: str) -> tuple[str, str]:
    """Returns the same as ExampleGen takes it: an absolute folder, and the pattern of the files in it."""
    if span_pattern.is_pattern(path):
        folder, pattern = span_pattern.folder_and_pattern(path)
        return str(folder.resolve()), pattern
    absolute = Path(path).resolve()
    if absolute.is_file():
        return str(absolute.parent), absolute.name
    return str(absolute), "*.csv" if absolute.suffix == ".csv" or any(absolute.glob("*.csv")) else "*.parquet"
