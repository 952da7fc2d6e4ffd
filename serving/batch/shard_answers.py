"""Answers one shard: a file of answers that appears whole, one of rejects, and last a record that it is done."""

from __future__ import annotations

import csv
import io
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from serving.asking.kept_columns import kept_columns
from serving.asking.tables import Answers, Asker
from serving.batch import records
from serving.batch.plan import Piece, Shard
from serving.client.base import ModelSpec, RawSignature
from serving.client.concurrent_calls import in_order
from serving.client.offline import OfflineClient
from serving.explain import background
from serving.explain.columns import Explaining
from serving.explain.explaining import Explainer
from serving.explain.settings import Settings
from serving.rows.answer_file import AnswerFile
from serving.rows.reading import Arrays
from serving.tables.files import ROWS_AT_A_TIME, TableFile, open_table
from turnstile import files
from turnstile.csv_dialect import Dialect

_REJECTS = "rejects"  # a folder below that of the answers
# Some seconds' work, after which the progress is shown; a multiple of 16, see serving.asking.tables.
_ROWS_EXPLAINED_AT_A_TIME = 256


class Reject(NamedTuple):
    """A row that no inputs of the model can be made of.

    Attributes:
        file: the name of the file.
        row: its number in the file, the first after the header being 1.
        reason: which value is wrong.
    """

    file: str
    row: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """What the shards of a job have in common; all that a worker has to know.

    Attributes:
        out: the folder of the answers.
        form: their format, "csv" or "parquet".
        model: the folder of the version that answers.
        name: the name of the model.
        verify_with: the public key by which the version's signature must hold; None to ask for none.
        keep: the columns of the input that stand in front of the answers.
        null_values: text that stands for a missing value.
        dialect: how CSV is written.
        explain: how the answers are explained; None if they are not.
        threads: how many requests there are at the same time.
    """

    out: str
    form: str
    model: str
    name: str
    verify_with: str | None
    keep: tuple[str, ...]
    null_values: tuple[str, ...]
    dialect: Dialect
    explain: Settings | None = None
    threads: int = os.cpu_count() or 1

    def absolute(self) -> Work:
        """Returns the same with absolute paths, for workers that are in other folders."""
        key = self.verify_with and str(Path(self.verify_with).absolute())
        out, model = Path(self.out).absolute(), Path(self.model).absolute()
        return replace(self, out=str(out), model=str(model), verify_with=key)


def answer(work: Work, shard: Shard, note_rows: Callable[[int], None] = lambda rows: None) -> None:
    """Asks about the rows of a shard, and writes what was answered.

    Args:
        work: the job.
        shard: the shard.
        note_rows: is told of rows that are done.

    Raises:
        RefusedError: the model refused to answer.
        UsageError: a file cannot be read or written.
    """
    # So that a row is answered the same wherever shards end, and as by turnstile predict.
    asker, types = asking(work, shard.pieces[0].path, fill_up=shard.number + 1 < shard.of)
    out, rejects = Path(work.out, f"answers-{shard.number:05}-of-{shard.of:05}.{work.form}"), list[Reject]()
    file = AnswerFile(str(out), work.form, types)
    with file:
        file.write_columns({name: [] for name in types})  # the header, if every row is rejected
        for piece in shard.pieces:
            for answers in _answers(work, asker, piece, rejects):
                if answers.rows:
                    file.write_columns(answers.columns)
                note_rows(answers.rows + len(answers.rejects))
    files.flush(out)
    done: dict[str, Any] = {"file": out.name, "bytes": out.stat().st_size, "rows": shard.rows}
    done |= {"answered": shard.rows - len(rejects), "rejected": len(rejects), "rejects": None}
    if rejects:
        done["rejects"] = f"{_REJECTS}/{out.stem}.csv"
        files.write(Path(work.out, done["rejects"]), _as_csv(rejects))
    records.write(work.out, shard.number, done)


def _answers(work: Work, asker: Asker, piece: Piece, rejects: list[Reject]) -> Iterator[Answers]:
    before = piece.before
    at_a_time = _ROWS_EXPLAINED_AT_A_TIME if work.explain else ROWS_AT_A_TIME
    tables = _opened(work, piece.path).tables(asker.columns, work.keep, piece.part, at_a_time)
    for answers in in_order(asker, tables, work.threads):
        rejects += (Reject(Path(piece.path).name, before + row + 1, reason) for row, reason in answers.rejects)
        before += answers.rows + len(answers.rejects)
        yield answers


def asking(work: Work, path: str, fill_up: bool = False) -> tuple[Asker, dict[str, Any]]:
    """Loads the model, which is compared with its digests and signature first.

    Args:
        work: the job.
        path: a file of the input; all have the same columns.
        fill_up: see Asker.

    Returns:
        What asks it, and the types of the columns of answers.

    Raises:
        UsageError: the version is not what was pushed, a column to keep is not in the input, or there are no rows to
            explain answers by.
    """
    client = _client(work.model, work.verify_with)
    spec, file = ModelSpec(work.name), _opened(work, path)
    signature = client.signature(spec)
    explaining = _explaining(work, client, spec, signature, file)
    answers = dict(signature.outputs) | (explaining.types if explaining else {})
    kept = kept_columns(work.keep, answers)
    kept.check(dict.fromkeys(file.names))
    types = kept.types(dict.fromkeys(file.names, pa.string()) | dict(file.types)) | answers
    return Asker(client, spec, signature, file.names, kept, file.decimal, fill_up, explaining), types


def _explaining(
    work: Work, client: OfflineClient, spec: ModelSpec, signature: RawSignature, file: TableFile
) -> Explaining | None:
    """Returns what explains the answers; None if nothing is to."""
    if not work.explain:
        return None
    rows = background.recorded(Path(work.model), signature.inputs)
    ask = partial(_outputs, client, spec, signature)
    explainer = Explainer(ask, signature, rows, work.explain)
    return Explaining(explainer, signature.inputs, file.names, file.decimal)


def _outputs(client: OfflineClient, spec: ModelSpec, signature: RawSignature, rows: Arrays) -> Arrays:
    return client.predict(spec, rows, signature).outputs


@lru_cache(maxsize=1)  # the model is loaded once in each process
def _client(model: str, verify_with: str | None) -> OfflineClient:
    return OfflineClient(model, lambda _: Path(model), verify_with)


def _opened(work: Work, path: str) -> TableFile:
    """Opens a file; one that this thread has just read stays open, since unpacking would begin anew."""
    key = (path, work.null_values, work.dialect)
    if getattr(_THIS_THREAD, "key", None) != key:
        _THIS_THREAD.key, _THIS_THREAD.file = key, open_table(*key)
    file: TableFile = _THIS_THREAD.file
    return file


_THIS_THREAD = threading.local()


def _as_csv(rejects: Sequence[Reject]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(Reject._fields)
    writer.writerows(rejects)
    return text.getvalue()
