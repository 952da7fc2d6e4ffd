"""LiteRT itself, by the package ai-edge-litert, in an environment of its own: `make litert`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from serving.litert.runner import ask
from serving.litert.tensors import MODEL, dense_rows, model_rows
from serving.model.saved_model import SavedModel
from serving.plain import edge_cases, proof
from serving.plain.content import columns_of, content
from serving.plain.export import recorded_rows

_PYTHON = str(Path(".venv-litert/bin/python").absolute())
needs_litert = pytest.mark.skipif(not Path(_PYTHON).exists(), reason="LiteRT is not installed: make litert")


def python(*arguments: str, given: str = "", folder: Path | None = None) -> str:
    """Runs Python in LiteRT's environment; returns what it prints."""
    command = [_PYTHON, *arguments]
    return subprocess.run(command, input=given, cwd=folder, capture_output=True, text=True, check=True).stdout


def answers(file: Path, rows: list[dict[str, Any]], runner: str = ask.__file__) -> list[dict[str, Any]]:
    """Returns LiteRT's answers to rows by input."""
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    return [json.loads(line) for line in python(runner, str(file), given=lines).splitlines()]


def largest_difference(version: Path, file: Path) -> float:
    """Asks a file about the rows that proved its export, with the runner beside it."""
    model = SavedModel(version)
    read = content(columns_of(version), version, model)
    before = read.preprocess
    rows = edge_cases.rows(recorded_rows(version, before["columns"]), before)
    raw = proof.raw_answers(model, before["columns"], rows)
    asked = model_rows(before, rows) if file.name == MODEL else dense_rows(model, before, rows)
    found = answers(file, asked, str(file.parent / "ask.py"))
    return proof.largest_difference("LiteRT", read.network["answer"], rows, raw, found)
