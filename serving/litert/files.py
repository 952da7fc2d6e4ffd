"""`turnstile export --format litert`: the files for LiteRT, and their answers."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from serving.litert import limits
from serving.litert.tensors import DENSE, FOUND, MODEL, dense_rows, described, model_rows
from serving.model.saved_model import SavedModel
from serving.plain.content import Content, write_json
from serving.plain.edge_cases import Row
from serving.plain.proof import Answers, run
from turnstile.errors import UsageError

_ROOT = Path(__file__).parents[2]  # there `-m` finds the module, installed or not


def write(to: Path, model: SavedModel, read: Content, rows: list[Row]) -> dict[str, Answers | None]:
    """Writes both models: the whole one, and the network alone.

    Args:
        to: the folder, which is made.
        model, read: the version.
        rows: values by column, which both are asked about.

    Returns:
        Their answers, by file.

    Raises:
        UsageError: LiteRT has no operations for the whole model.
        RunnerError: TensorFlow cannot convert it.
    """
    if faults := limits.faults(read.preprocess):
        raise UsageError(
            f"LiteRT's own operations cannot prepare all columns: {'; '.join(faults)}. Export the network alone with "
            "--format litert-dense, and have the app prepare its inputs, as preprocess.json says and transform.c and "
            "transform.mjs of --format code do; or let plain code answer"
        )
    asked = {MODEL: model_rows(read.preprocess, rows), DENSE: dense_rows(model, read.preprocess, rows)}
    return _write(to, read, asked)


def write_dense(to: Path, model: SavedModel, read: Content, rows: list[Row]) -> dict[str, Answers | None]:
    """Writes the network alone; as `write`, but any version will do."""
    return _write(to, read, {DENSE: dense_rows(model, read.preprocess, rows)})


def _write(to: Path, read: Content, asked: Mapping[str, Any]) -> dict[str, Answers | None]:
    to.mkdir()
    work = json.dumps({"preprocess": read.preprocess, "network": read.network, "rows": asked})
    run([sys.executable, "-m", "serving.litert.convert", str(to.resolve())], work, _ROOT)
    found = json.loads((to / FOUND).read_text())
    (to / FOUND).unlink()
    write_json(to / "preprocess.json", read.preprocess)
    write_json(to / "tensors.json", described(read.columns, read.preprocess, found))
    with resources.as_file(resources.files("serving.litert.runner") / "ask.py") as runner:
        shutil.copy(runner, to)
    return {name: each["answers"] for name, each in found.items()}
