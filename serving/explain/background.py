"""The rows that a row is compared with: those that a version carries, or those of a file."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from serving.client.base import RAW
from serving.model import warmup
from serving.rows import reading
from serving.rows.reading import Arrays
from turnstile import csv_dialect
from turnstile.csv_dialect import Dialect
from turnstile.errors import UsageError

GIVE_ONE = "Give a file of rows that are typical of the data: --background FILE"


def recorded(version: Path, inputs: Mapping[str, str]) -> Arrays:
    """Returns the real eval rows that a version carries, as requests to be warmed up by; ServingValidator chose them.

    Args:
        version: its folder.
        inputs: the dtypes of the model's inputs.

    Raises:
        UsageError: it carries none.
    """
    found = warmup.largest(version, RAW, inputs)
    if not found:
        raise UsageError(f"{version}: carries no rows to compare others with. {GIVE_ONE}")
    return found.inputs


def of_file(
    path: str, inputs: Mapping[str, str], wanted: int, null_values: tuple[str, ...], dialect: Dialect
) -> Arrays:
    """Returns rows of a file, evenly spread over it.

    Args:
        path: a .csv, .jsonl or .parquet file.
        inputs: the dtypes of the model's inputs.
        wanted: how many rows; all that there are if they are fewer.
        null_values: text that stands for a missing value.
        dialect: how CSV is written.

    Raises:
        UsageError: the file cannot be read, has no rows, or a value in one of these rows is wrong.
    """
    decimal = dialect.decimal if csv_dialect.is_csv(path) else "."
    with reading.open_rows(path, null_values, dialect) as rows:
        count = sum(1 for _ in rows)
    if not count:
        raise UsageError(f"{path}: has no rows to compare others with. {GIVE_ONE}")
    chosen = set(spread(count, wanted).tolist())
    with reading.open_rows(path, null_values, dialect) as rows:
        found = [
            reading.to_values(row, inputs, number + 1, decimal)
            for number, row in enumerate(itertools.islice(rows, count))
            if number in chosen
        ]
    return reading.stack(found, inputs)


def spread(rows: int, wanted: int) -> np.ndarray:
    """Returns the numbers of so many rows, evenly spread over those that there are; of all if they are fewer."""
    count = min(rows, wanted)
    return np.arange(count) * rows // count
