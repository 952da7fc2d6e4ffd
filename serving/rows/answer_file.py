"""Writes answers as JSON lines or CSV, to a file that is replaced only when all of them are there."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from turnstile.errors import UsageError

Write = Callable[[dict[str, Any]], None]


class AnswerFile:
    """A file of answers; the rows have the same columns. To be used in a `with`.

    Args:
        out: the file; standard output if None.
        form: "jsonl" or "csv"; by the ending of `out` if None.

    Raises:
        UsageError: the file cannot be written.
    """

    def __init__(self, out: str | None, form: str | None):
        self._out = Path(out) if out else None
        self._form = form or ("csv" if out and out.endswith(".csv") else "jsonl")

    def __enter__(self) -> Write:
        if self._out is None:
            return _row_writer(sys.stdout, self._form)
        # Aside: an answer that fails midway leaves an older file as it was. What is no file, such as /dev/null or a
        # pipe, is written itself: it must not be replaced by one, and nor must a link to a file.
        self._replaces = self._out.is_file() or not self._out.exists()
        self._written = Path(f"{self._out.resolve()}.partial") if self._replaces else self._out
        try:
            self._handle = self._written.open("w", newline="", encoding="utf-8")
        except OSError as error:
            raise self._unwritable(error) from error
        write = _row_writer(self._handle, self._form)

        def checked(row: dict[str, Any]) -> None:
            try:
                write(row)
            except OSError as error:
                raise self._unwritable(error) from error

        return checked

    def __exit__(self, kind: Any, *_: Any) -> None:
        if self._out is None:
            return
        try:
            self._handle.close()
            if kind is None and self._replaces:
                self._written.replace(self._out.resolve())
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            if self._replaces:
                self._written.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"{self._out}: cannot be written ({error.strerror})")


def _row_writer(handle: TextIO, form: str) -> Write:
    if form == "jsonl":
        return lambda row: print(json.dumps(row), file=handle)
    writer: list[csv.DictWriter] = []  # made at the first row, which knows the columns

    def write(row: dict[str, Any]) -> None:
        if not writer:
            writer.append(csv.DictWriter(handle, fieldnames=list(row)))
            writer[0].writeheader()
        writer[0].writerow(row)

    return write
