"""`turnstile export`: a version's numbers as JSON and its runners in a folder, if they answer as the version does."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from serving.client.base import RAW
from serving.model import warmup
from serving.model.saved_model import SavedModel
from serving.plain import c_source, edge_cases, proof
from serving.plain.content import columns_of, content
from serving.plain.edge_cases import Row
from turnstile.errors import UsageError
from turnstile.run_log import redirected

_READABLE = 0o755  # of the folder that a temporary one becomes


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written.

    Attributes:
        folder: where.
        model: the folder of the version.
        bytes: the size of each file, by its path in the folder.
        rows: how many rows proved the runners.
        recorded: how many of them were recorded with the version, of its evaluation; the others are edge cases.
        largest_difference: of each runner's answers from those of `raw`, by language; None where it could not be run.
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


def export(version: Path, to: Path) -> Exported:
    """Writes a version as plain code.

    Args:
        version: the folder of the SavedModel, with its record.
        to: the folder to write, which must not be there, or be empty.

    Raises:
        UsageError: the version cannot be exported, or the folder is not empty, or this machine has nothing to prove it.
        RunnerError: a runner does not answer as the version does; nothing was written.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to}: is already there. Choose another folder, or remove it")
    here = proof.runners_here()
    if not here:
        raise UsageError(
            "neither node nor cc is on this machine; one of them has to prove that the exported code answers as the "
            "model does. Install one: sudo apt install gcc"
        )
    with _quiet():
        model = SavedModel(version)
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.") as scratch:
        made = Path(scratch) / "made"
        before, after = _write(model, version, made)
        recorded = _recorded(version, before["columns"])
        rows = edge_cases.rows(recorded, before)
        with _quiet():
            raw = proof.raw_answers(model, before["columns"], rows)
        differences: dict[str, float | None] = dict.fromkeys(proof.RUNNERS)
        for language in here:
            found = proof.RUNNERS[language][0](made, rows)
            differences[language] = proof.largest_difference(language, after["answer"], rows, raw, found)
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


def _write(model: SavedModel, version: Path, to: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Writes all files; returns the content of preprocess.json and of network.json."""
    _, before, after = content(columns_of(version), version, model)
    with resources.as_file(resources.files("serving.plain.runners")) as runners:
        shutil.copytree(runners, to, ignore=shutil.ignore_patterns("__*"))
    for name, numbers in (("preprocess.json", before), ("network.json", after)):
        (to / name).write_text(json.dumps(numbers, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    (to / "c" / "model.c").write_text(c_source.source(before, after))
    (to / "c" / "model.h").write_text(c_source.header(before, after))
    return before, after


def _recorded(version: Path, columns: Sequence[Mapping[str, str]]) -> list[Row]:
    """Returns the rows of the largest request for `raw` by which TensorFlow Serving warms the version up."""
    found = warmup.largest(version, RAW, [column["input"] for column in columns])
    return proof.rows_of(columns, found.inputs) if found else []
