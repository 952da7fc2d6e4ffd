"""Which files the INPUT of `turnstile batch` stands for."""

from __future__ import annotations

import sys

from components.example_gen import file_listing, input_files
from components.example_gen.file_listing import Listed
from pipeline import config_checks
from turnstile import csv_dialect, span_pattern
from turnstile.errors import UsageError
from turnstile.places import correct, place


def files(path: str) -> tuple[str, ...]:
    """Returns the files of a path: itself, those of a folder, or those that a path with * or ? stands for.

    Raises:
        UsageError: there are none, or some are CSV and others Parquet.
    """
    listed = _listed(path)
    if note := listed.note():
        print(f"turnstile: {path}: {note}", file=sys.stderr)
    found = tuple(map(str, listed.files))
    if not found:
        raise UsageError(f"{path}: no such file. {correct(path)}")
    if wrong := [one for one in found if not csv_dialect.ending(one)]:
        raise UsageError(
            f"{wrong[0]}: expected a file that ends in {', '.join(csv_dialect.ENDINGS)}. "
            "JSON lines are for turnstile predict"
        )
    if len({csv_dialect.is_csv(one) for one in found}) > 1:
        raise UsageError(f"{path}: stands for CSV and Parquet files. Give those of one kind, such as *.parquet")
    return found


def _listed(path: str) -> Listed:
    whole = place(path)
    if whole.is_dir():
        config_checks.check_files("INPUT", path)
        return input_files.of_path(path)
    if whole.exists() or not set("*?") & set(path):
        return Listed((whole,) if whole.is_file() else ())
    folder, pattern = span_pattern.folder_and_pattern(path)
    return file_listing.listed(folder, file_listing.escaped(pattern))
