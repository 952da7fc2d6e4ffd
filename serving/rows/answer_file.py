"""Writes answers as JSON lines, CSV or Parquet, to a file that is replaced only when all of them are there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from serving.rows.answer_columns import Columns
from serving.rows.answer_formats import AnswerWriter, Csv, JsonLines
from turnstile.errors import UsageError

FORMATS = ("jsonl", "csv", "parquet")

Write = Callable[[Mapping[str, Any]], None]


class AnswerFile:
    """A file of answers; the rows have the same columns. To be used in a `with`.

    Args:
        out: the file; standard output if None.
        form: one of FORMATS; by the ending of `out` if None, and JSON lines if that says nothing.
        types: the types of the columns, in their order; see parquet_answers.Parquet. Only the names count for CSV.
        tell: is told what the format could not say.

    Raises:
        UsageError: the file cannot be written, or Parquet has no file to go to.
    """

    def __init__(
        self,
        out: str | None,
        form: str | None,
        types: Mapping[str, Any] = MappingProxyType({}),
        tell: Callable[[str], None] = lambda _: None,
    ):
        self._out = Path(out) if out else None
        self._form = form or (self._out.suffix[1:] if self._out and self._out.suffix[1:] in FORMATS else "jsonl")
        self._types, self._tell = types, tell
        if self._form == "parquet" and self._out is None:
            raise UsageError("Parquet is not written to standard output. Give a file: --out answers.parquet")

    def __enter__(self) -> Write:
        if self._out is None:
            self._writer = self._writer_to(sys.stdout)
            return self._writer.write
        # Aside: an answer that fails midway leaves an older file as it was. What is no file, such as /dev/null or a
        # pipe, is written itself: it must not be replaced by one, and nor must a link to a file.
        self._replaces = self._out.is_file() or not self._out.exists()
        self._target = self._out.resolve()
        self._written = Path(f"{self._target}.partial") if self._replaces else self._out
        try:
            self._handle = self._open()
        except OSError as error:
            raise self._unwritable(error) from error
        self._writer = self._writer_to(self._handle)
        return self._write_to_file

    def __exit__(self, kind: Any, *_: Any) -> None:
        if self._out is None:
            if kind is None:
                self._writer.finish()
            return
        try:
            self._close(complete=kind is None)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            if self._replaces:
                self._written.unlink(missing_ok=True)

    def write_columns(self, columns: Columns) -> None:
        """Writes many rows, of which columns has the values; within the `with`."""
        try:
            self._writer.write_columns(columns)
        except OSError as error:
            if self._out is None:
                raise
            raise self._unwritable(error) from error

    def _open(self) -> IO[Any]:
        if self._form == "parquet":
            return self._written.open("wb")
        return self._written.open("w", newline="", encoding="utf-8")

    def _writer_to(self, handle: IO[Any]) -> AnswerWriter:
        if self._form == "parquet":
            from serving.rows.parquet_answers import Parquet

            return Parquet(handle, self._types)
        return Csv(handle, self._types) if self._form == "csv" else JsonLines(handle, self._tell)

    def _write_to_file(self, row: Mapping[str, Any]) -> None:
        try:
            self._writer.write(row)
        except OSError as error:
            raise self._unwritable(error) from error

    def _close(self, complete: bool) -> None:
        try:
            if complete:
                self._writer.finish()
            else:
                self._writer.abandon()
        finally:
            self._handle.close()
        if complete and self._replaces:
            self._written.replace(self._target)

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"{self._out}: cannot be written ({error.strerror})")
