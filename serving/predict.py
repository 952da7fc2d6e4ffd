"""Offline prediction: rows in, predictions out, from a version in the serving folder or any exported model."""

from __future__ import annotations

import csv
import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pipeline.config import Config
from pipeline.errors import UsageError
from pipeline.run_log import redirected
from serving import rows as reader

if TYPE_CHECKING:
    from serving.saved_model import SavedModel

# Rows given to the model at a time: large enough that its cost a row no longer falls.
_BATCH = 1024

Write = Callable[[dict[str, Any]], None]


def latest_version(config: Config) -> str:
    """Returns the folder of the newest pushed version of a config's model."""
    from serving.versions import versions

    found = versions(Path(config.serving.dir) / config.name)
    if not found:
        raise UsageError(f"{config.serving.dir}/{config.name}: no version has been pushed yet. Push one: turnstile run")
    return str(found[-1])


def predict_file(path: str, model: Callable[[], str], out: str | None, form: str | None) -> None:
    """Predicts for each row of a file.

    Args:
        path: a .csv or .jsonl file, or "-".
        model: gives the SavedModel's folder.
        out: the file to write; standard output if None.
        form: "jsonl" or "csv"; by the ending of `out` if None.
    """
    with reader.open_rows(path) as rows:
        saved = _load(model())
        dtypes = {name: dtype.name for name, dtype in saved.inputs("raw").items()}
        with _writer(out, form or ("csv" if out and out.endswith(".csv") else "jsonl")) as write:
            _predict(saved, rows, dtypes, write)


def _load(folder: str) -> SavedModel:
    """Loads a model without TensorFlow's start-up chatter, which would stand between the answers."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    warnings.simplefilter("ignore", FutureWarning)
    with redirected(Path(os.devnull)):  # TensorFlow 2.21 says some of it before it reads its own settings
        from serving.saved_model import SavedModel

        return SavedModel(folder)


def _predict(saved: SavedModel, rows: Iterator[reader.Row], dtypes: dict[str, str], write: Write) -> None:
    done = 0
    for batch in reader.batches(rows, _BATCH):
        if not done:
            _tell_absent(batch[0], dtypes)
        outputs = saved("raw", reader.to_arrays(batch, dtypes, first_row=done + 1))
        for i in range(len(batch)):
            write({name: _plain(values[i]) for name, values in sorted(outputs.items())})
        done += len(batch)
    if not done:
        raise UsageError("there are no rows to predict for")


def _tell_absent(row: reader.Row, dtypes: dict[str, str]) -> None:
    absent = [name for name in dtypes if name not in row]
    if len(absent) == len(dtypes):
        raise UsageError(f"none of the model's columns is in the input; expected: {', '.join(dtypes)}")
    if absent:
        print(f"turnstile: not in the first row, taken as missing: {', '.join(absent)}", file=sys.stderr)


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value.tolist()


@contextmanager
def _writer(out: str | None, form: str) -> Iterator[Write]:
    if out is None:
        yield _row_writer(sys.stdout, form)
        return
    aside = Path(f"{out}.partial")  # a prediction that fails midway leaves an older file as it was
    try:
        with aside.open("w", newline="", encoding="utf-8") as handle:
            yield _row_writer(handle, form)
        aside.replace(out)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror})") from error
    finally:
        aside.unlink(missing_ok=True)


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
