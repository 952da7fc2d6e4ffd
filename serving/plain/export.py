"""`turnstile export`: a version in another form in a folder, if that answers as the version does."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from serving.client.base import RAW
from serving.model import warmup
from serving.model.saved_model import SavedModel
from serving.plain import edge_cases, proof
from serving.plain.content import Content, columns_of, content
from serving.plain.edge_cases import Row
from turnstile.errors import UsageError
from turnstile.run_log import redirected

_READABLE = 0o755  # of the folder that a temporary one becomes

# Writes a version into a folder, which it makes; returns its answers to rows by runner or by file, None for one that
# this machine cannot ask. The arguments: the folder, the version, what was read out of it, and the rows.
Write = Callable[[Path, SavedModel, Content, list[Row]], dict[str, proof.Answers | None]]


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written.

    Attributes:
        folder: where.
        model: the folder of the version.
        bytes: the size of each file, by its path in the folder.
        rows: how many rows proved it.
        recorded: how many of them were recorded with the version, of its evaluation; the others are edge cases.
        largest_difference: of the answers from those of `raw`, by runner or by file; None where it could not be run.
    """

    folder: str
    model: str
    bytes: dict[str, int]
    rows: int
    recorded: int
    largest_difference: dict[str, float | None]

    def as_dict(self) -> dict[str, Any]:
        """Returns it as plain values."""
        return asdict(self)


def export(version: Path, to: Path, write: Write) -> Exported:
    """Writes a version in another form, if that answers as the version does.

    Args:
        version: the folder of the SavedModel, with its record.
        to: the folder to write, which must not be there, or be empty.
        write: writes the form.

    Raises:
        UsageError: the version cannot be exported, or the folder is not empty, or this machine has nothing to prove it.
        RunnerError: what was written does not answer as the version does, and is removed again.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to}: is already there. Choose another folder, or remove it")
    with _quiet():
        model = SavedModel(version)
    read = content(columns_of(version), version, model)
    columns, says = read.preprocess["columns"], read.network["answer"]
    recorded = recorded_rows(version, columns)
    rows = edge_cases.rows(recorded, read.preprocess)
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.") as scratch:
        made = Path(scratch) / "made"
        with _quiet():
            raw = proof.raw_answers(model, columns, rows)
            found = write(made, model, read, rows)
        differences = {
            name: None if answers is None else proof.largest_difference(name, says, rows, raw, answers)
            for name, answers in found.items()
        }
        made.chmod(_READABLE)
        made.rename(to)
    sizes = {str(file.relative_to(to)): file.stat().st_size for file in sorted(to.rglob("*")) if file.is_file()}
    return Exported(
        folder=str(to),
        model=str(version),
        bytes=sizes,
        rows=len(rows),
        recorded=len(recorded),
        largest_difference=differences,
    )


def _quiet() -> AbstractContextManager:
    """Keeps what TensorFlow says of its optimizer, which is none of the user's business, out of the answer."""
    return redirected(Path(os.devnull))


def recorded_rows(version: Path, columns: Sequence[Mapping[str, str]]) -> list[Row]:
    """Returns the rows of the largest request for `raw` by which TensorFlow Serving warms the version up."""
    found = warmup.largest(version, RAW, [column["input"] for column in columns])
    return proof.rows_of(columns, found.inputs) if found else []
