"""`turnstile data split`: cuts a table into spans, and writes a file for each."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.example_gen import input_files
from components.example_gen.settings import Reading
from pipeline.split import moments, tables
from pipeline.split.moments import Moments
from pipeline.split.tables import Table
from turnstile import files, periods, span_pattern, times
from turnstile.errors import UsageError
from turnstile.span_pattern import Span

Every = periods.Period | int  # a number is one of rows

# Spans that are written in one reading of the table: each has a file open, and rows of Parquet waiting in memory.
_OPEN = 128
# More spans than this are taken for a slip: twenty-seven years of days.
_MOST = 10_000
_UNITS = "seconds, milli-, micro- or nanoseconds since 1970"


@dataclass(frozen=True)
class Cut:
    """What was written.

    Attributes:
        folder: the folder of the files.
        path: data.path for them.
        every: how long a period is; the number of rows of a span.
        rows: the number of rows of each span, oldest first.
        without: how many rows have no value in the column, and are in no span.
        first_without: the number of the first of these rows, from 1; 0 if there is none.
        missing: the first day of each period between the first span and the last that has no rows.
    """

    folder: Path
    path: str
    every: Every
    rows: Mapping[Span, int]
    without: int
    first_without: int
    missing: tuple[datetime.date, ...]


def cut(data: str, by: str, every: Every, folder: Path | None, how: Reading, unit: str | None = None) -> Cut:
    """Cuts a table into spans.

    Args:
        data: a .csv or .parquet file, or a folder of them.
        by: the column that says where in time, or in another order, a row is.
        every: the length of the periods of time; or a number of rows, in the order of the column.
        folder: where to write; None for a folder beside the data.
        how: how the cells of the files are read.
        unit: the unit of a column of numbers; None to tell it from their size.

    Raises:
        UsageError: the data cannot be read or cut like this, or the folder is there and not empty.
    """
    source = Path(data)
    folder = folder or source.with_name(f"{source.name.partition('.')[0]}-by-{every}")
    _check_free(folder)
    try:
        table = tables.of_files(_files(data), how.dialect)
        if by not in table.names:
            raise UsageError(f"{data}: has no column '{by}' (--by). It has: {', '.join(filter(None, table.names))}")
        found = moments.of_columns(by, table.cells(by), how, unit)
        spans, of_row = _spans(found, by, every)
        path = str(folder / _pattern(every, table.ending))
        with _aside(folder) as aside:
            _write(table, spans, of_row, aside / Path(path).name)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error
    absent = np.flatnonzero(found.missing)
    counts = np.bincount(of_row[of_row >= 0], minlength=len(spans)).tolist()
    return Cut(
        folder=folder,
        path=path,
        every=every,
        rows=dict(zip(spans, counts, strict=True)),
        without=len(absent),
        first_without=int(absent[0]) + 1 if len(absent) else 0,
        missing=_missing(spans, every),
    )


def _files(data: str) -> list[Path]:
    if span_pattern.is_pattern(data):
        raise UsageError(f"{data}: is in spans already; expected a file, or a folder of files")
    listed = input_files.input_files(data) if Path(data).exists() else []
    found = [file for file in listed if isinstance(file, Path)]  # the command takes no addresses
    if not found:
        raise UsageError(f"{data}: no such file, or a folder without .csv or .parquet files. You are in {Path.cwd()}")
    return found


def _spans(found: Moments, by: str, every: Every) -> tuple[list[Span], np.ndarray]:
    """Returns the spans, oldest first, and for each row the position of its span among them; -1 for none."""
    known = np.flatnonzero(~found.missing)
    if not len(known):
        raise UsageError(f"column '{by}': is empty in every row; name another with --by")
    of_row = np.full(len(found), -1, np.int32)
    if isinstance(every, int):
        order = known[np.argsort(found.values[known], kind="stable")]
        of_row[order] = np.arange(len(order)) // every
        spans: list[Span] = list(range(1, int(of_row.max()) + 2))
    else:
        days, position = np.unique(_days(found, by), return_inverse=True)
        period = np.array([periods.index(_date(int(day)), every) for day in days])
        numbers, of_day = np.unique(period, return_inverse=True)
        of_row[known] = of_day[position]
        spans = [periods.first_day(int(number), every) for number in numbers]
    if len(spans) > _MOST:
        raise UsageError(
            f"--every {every}: makes {len(spans):,} spans, and more than {_MOST:,} are too many; give more"
        )
    return spans, of_row


def _days(found: Moments, by: str) -> np.ndarray:
    known = found.values[~found.missing]
    low, high = known.min(), known.max()
    if found.unit is None:
        raise UsageError(
            f"column '{by}': its numbers, from {low:,} to {high:,}, are no {_UNITS} of the years 1980 to 2100. Name "
            "another column with --by; or give a config as --config that has it as a feature of kind time, with its "
            "unit; or cut by a number of rows, as --every 1000"
        )
    for value in (low, high):
        if not times.in_range(float(value), found.unit):
            raise UsageError(f"column '{by}': {value:,} is not in the years 1 to 9999. Correct it")
    return found.days()


def _date(day: int) -> datetime.date:
    return datetime.date(1970, 1, 1) + datetime.timedelta(days=day)


def _missing(spans: list[Span], every: Every) -> tuple[datetime.date, ...]:
    if isinstance(every, int):
        return ()
    there = [periods.index(span, every) for span in spans if isinstance(span, datetime.date)]
    absent = sorted(set(range(there[0], there[-1])) - set(there))
    return tuple(periods.first_day(number, every) for number in absent)


def _pattern(every: Every, ending: str) -> str:
    return f"{{SPAN}}{ending}" if isinstance(every, int) else f"{{YYYY}}-{{MM}}-{{DD}}{ending}"


def _write(table: Table, spans: list[Span], of_row: np.ndarray, path: Path) -> None:
    for first in range(0, len(spans), _OPEN):
        some = range(first, min(first + _OPEN, len(spans)))
        table.write(of_row, {number: Path(span_pattern.filled(str(path), spans[number])) for number in some})


def _check_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is there, and is no empty folder. Remove it, or name another with --out")


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """Makes a folder beside the one to make, which becomes that one at the end; a kill leaves no half of it there."""
    aside = folder.parent / f".{folder.name}.new"
    aside.mkdir(parents=True, exist_ok=True)
    with files.locked(aside, UsageError(f"{folder}: another `turnstile data split` writes it now; wait for it")):
        for left in aside.iterdir():  # by one that was killed
            left.unlink()
        try:
            yield aside
            aside.replace(folder)  # an empty folder gives way
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
