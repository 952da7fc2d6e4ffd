"""`turnstile export --format code`: a version's numbers as JSON, and its runners in JavaScript and C."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from serving.model.saved_model import SavedModel
from serving.plain import c_source, proof
from serving.plain.content import Content, write_json
from serving.plain.edge_cases import Row
from serving.plain.proof import Answers
from turnstile.errors import UsageError


def write(to: Path, model: SavedModel, read: Content, rows: list[Row]) -> dict[str, Answers | None]:
    """Writes all files.

    Args:
        to: the folder, which is made.
        model, read: the version.
        rows: values by column, which the runners are asked about.

    Returns:
        The answers of the runners, by language; None of one that this machine cannot run.

    Raises:
        UsageError: it can run none of them.
        RunnerError: a runner does not answer.
    """
    here = proof.runners_here()
    if not here:
        raise UsageError(
            "neither node nor cc is on this machine; one of them has to prove that the exported code answers as the "
            "model does. Install one: sudo apt install gcc"
        )
    with resources.as_file(resources.files("serving.plain.runners")) as runners:
        shutil.copytree(runners, to, ignore=shutil.ignore_patterns("__*"))
    write_json(to / "preprocess.json", read.preprocess)
    write_json(to / "network.json", read.network)
    (to / "c" / "model.c").write_text(c_source.source(read.preprocess, read.network))
    (to / "c" / "model.h").write_text(c_source.header(read.preprocess, read.network))
    return {name: ask(to, rows) if name in here else None for name, (ask, _) in proof.RUNNERS.items()}
