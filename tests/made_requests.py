"""Requests about the bundled trips, as a pushed model answers them, and what came true of them, for tests."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serving.model import dtypes
from serving.model.saved_model import SavedModel
from serving.rows import reading
from serving.rows.request_log import Logged
from tests import made_logs

Row = dict[str, Any]


def trips(file: Path, signature: Mapping[str, Any]) -> tuple[list[Row], list[Row]]:
    """The inputs of a model of the trips of a file, and what came true of each: whether the tip was a large one."""
    with file.open(newline="") as opened:
        found = list(csv.DictReader(opened))
    names = {name: dtypes.NAMES[info.dtype] for name, info in signature.items()}
    inputs = reading.to_rows(reading.to_arrays(found, names, first_row=1))
    came = [{"trip": n, "tipped": int(float(t["tips"]) > 0.2 * float(t["fare"]))} for n, t in enumerate(found)]
    return inputs, came


def answered(version: Path, rows: Sequence[Row], corrupted: Callable[[int, Row], Row] = lambda _, row: row):
    """Rows of a log, each with its number as its key; `corrupted` may change what was asked."""
    model = SavedModel(version)
    rows = [corrupted(number, dict(row)) for number, row in enumerate(rows)]
    names = {name: dtypes.NAMES[info.dtype] for name, info in model.signature("raw").inputs.items()}
    outputs = reading.to_rows(model("raw", reading.to_arrays(rows, names, first_row=1)))
    model.close()
    about = {"model": version.parent.name, "version": int(version.name)}
    return [
        made_logs.asked(str(number), None, said, inputs=asked, **about)
        for number, (asked, said) in enumerate(zip(rows, outputs, strict=True))
    ]


def arrays(rows: Sequence[Logged]) -> dict[str, np.ndarray]:
    """The answers of rows, as tensors."""
    return {
        "label": np.array([row.outputs["label"] for row in rows]),
        "probability": np.array([row.outputs["probability"] for row in rows], np.float32),
    }
