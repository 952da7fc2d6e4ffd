"""What `turnstile predict` and `turnstile split` do with a file."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from serving.rows import reading as reader
from serving.rows.reading import Rows
from turnstile import csv_dialect
from turnstile.csv_dialect import Dialect

_BATCH_ROWS = 1024  # enough that a server is kept busy, and few enough that it does not refuse them


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to do with a file.

    Attributes:
        path: a .csv, .jsonl or .parquet file, or "-" for JSON lines on standard input.
        out: the file to write; standard output if None.
        form: the format of what is written; see answer_file.AnswerFile.
        keep: the columns of the input that stand in front of the answers; see kept_columns.
        log: the request log to add to, if any.
        batch: how many rows are sent in one request; None for what suits.
        retries: how often a request is sent again when no answer comes.
        null_values: text that stands for a missing value; see reading.open_rows.
        dialect: how a CSV file is written.
    """

    path: str
    out: str | None = None
    form: str | None = None
    keep: tuple[str, ...] = ()
    log: str | None = None
    batch: int | None = None
    retries: int = 5
    null_values: tuple[str, ...] = ()
    dialect: Dialect = csv_dialect.PLAIN

    @property
    def decimal(self) -> str:
        """The character before the decimals of a number: JSON has a point, whatever the config says of CSV."""
        return self.dialect.decimal if csv_dialect.is_csv(self.path) else "."

    @property
    def has_columns(self) -> bool:
        """Whether the file is read as columns: CSV or Parquet, of which no row is logged by itself."""
        return bool(csv_dialect.ending(self.path)) and not self.log

    @property
    def batch_rows(self) -> int:
        """How many rows are sent in one request to a server."""
        return self.batch or _BATCH_ROWS

    def rows(self) -> AbstractContextManager[Rows]:
        """Opens the file; see reading.open_rows."""
        return reader.open_rows(self.path, self.null_values, self.dialect)
