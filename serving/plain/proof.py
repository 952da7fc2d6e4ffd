"""Proves other forms of a version: their answers to the same rows as the SavedModel's, in TensorFlow's C++ runtime."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serving.client.base import RAW
from serving.model.saved_model import SavedModel
from serving.plain.edge_cases import Row
from serving.plain.preprocess import TYPES
from serving.rows.conversion import MISSING
from serving.rows.reading import written_values
from turnstile.errors import TurnstileError

# How far an answer may be from that of `raw`: a probability by so much, a value by so much of itself or, if that is
# more, of the label's standard deviation. Sums cost one or two of the 7 digits of float32; a wrong number costs more.
LIMIT = 1e-5
# Seconds for all rows, some hundreds of them, which take milliseconds; and for the compiler, of which a large
# vocabulary asks a minute.
_TIME_LIMIT_S = 300
_DTYPES = {"text": object, "integer": np.int64, "number": np.float32}
_OF_TYPE = {kind: dtype for dtype, kind in TYPES.items()}

Answers = list[dict[str, Any]]


class RunnerError(TurnstileError):
    """A runner does not answer, or does not answer as `raw` does."""


def raw_answers(model: SavedModel, columns: Sequence[Mapping[str, str]], rows: Sequence[Row]) -> Answers:
    """Returns the answers of the signature `raw`, a row at a time as the runners give them.

    Args:
        model: the SavedModel.
        columns: as preprocess.json has them.
        rows: values by column.
    """
    found = model(RAW, raw_inputs(columns, rows))
    outputs = {name: [_plain(value) for value in values.tolist()] for name, values in found.items()}
    return [dict(zip(outputs, answer, strict=True)) for answer in zip(*outputs.values(), strict=True)]


def raw_inputs(columns: Sequence[Mapping[str, str]], rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """Returns rows as the inputs of `raw`; see raw_answers."""
    return {
        column["input"]: np.array([_raw(row[column["name"]], column["type"]) for row in rows], _DTYPES[column["type"]])
        for column in columns
    }


def rows_of(columns: Sequence[Mapping[str, str]], inputs: Mapping[str, np.ndarray]) -> list[Row]:
    """Returns inputs of `raw` as rows: the reverse of raw_inputs."""
    values = {column["name"]: written_values(inputs[column["input"]]) for column in columns}
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def _raw(value: Any, kind: str) -> Any:
    if value is None:
        return MISSING[_OF_TYPE[kind]]
    return value.encode() if kind == "text" else value


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def javascript(folder: Path, rows: Sequence[Row]) -> Answers:
    """Returns the answers of the runner in JavaScript, by Node.

    Args:
        folder: what was exported.
        rows: values by column.
    """
    lines = "".join(f"{json.dumps(in_json(row))}\n" for row in rows)
    return _answers(run(["node", str(folder / "js" / "rows.mjs")], lines))


def in_json(row: Row) -> Row:
    """Returns a row for JavaScript, which reads numbers of JSON as floats: whole numbers go as text."""
    return {name: str(value) if isinstance(value, int) else value for name, value in row.items()}


def c(folder: Path, rows: Sequence[Row]) -> Answers:
    """Returns the answers of the runner in C; see `javascript`."""
    with tempfile.TemporaryDirectory() as scratch:
        return _answers(run([compiled(folder, Path(scratch))], table(rows)))


def compiled(folder: Path, to: Path) -> str:
    """Compiles the runner in C; returns the program, which main.c describes.

    Args:
        folder: what was exported.
        to: the folder for the program.
    """
    program = str(to / "model")
    run(["cc", "-std=c99", "-O2", "-o", program, *sorted(map(str, (folder / "c").glob("*.c"))), "-lm"])
    return program


def table(rows: Sequence[Row]) -> str:
    """Returns rows as the program takes them."""
    lines = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    return "".join("\t".join(map(_escaped, line)) + "\n" for line in lines)


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else repr(value)


def _escaped(cell: str) -> str:
    for character, letter in (("\\", "\\"), ("\t", "t"), ("\n", "n"), ("\r", "r")):
        cell = cell.replace(character, f"\\{letter}")
    return cell


# The languages, what runs each, and what a machine must have for that.
RUNNERS = {"javascript": (javascript, "node"), "c": (c, "cc")}


def runners_here() -> list[str]:
    """Returns the languages whose runners can be run on this machine."""
    return [name for name, (_, program) in RUNNERS.items() if shutil.which(program)]


def _answers(lines: bytes) -> Answers:
    return [json.loads(line) for line in lines.splitlines()]


def run(command: Sequence[str], given: str = "", folder: Path | None = None) -> bytes:
    """Runs a program; returns what it prints.

    Args:
        command: the program and its arguments.
        given: its standard input.
        folder: the folder to run it in; the current one by default.

    Raises:
        RunnerError: it fails.
    """
    done = subprocess.run(command, input=given.encode(), capture_output=True, cwd=folder, timeout=_TIME_LIMIT_S)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-1000:]
        raise RunnerError(f"{Path(command[0]).name} ended with exit code {done.returncode}: {said}")
    return done.stdout


def largest_difference(
    name: str, answer: Mapping[str, Any], rows: Sequence[Row], raw: Answers, found: Answers
) -> float:
    """Compares answers with those of `raw`.

    Args:
        name: of what gave them, for messages: a language or a file.
        answer: what the outputs mean, as network.json has it.
        rows: what was asked.
        raw: the answers of the signature.
        found: the answers to compare with them.

    Returns:
        The largest difference, as LIMIT counts it.

    Raises:
        RunnerError: it is above LIMIT, an answer has another label without being on the edge, or answers are missing.
    """
    if len(found) != len(rows):
        raise RunnerError(f"{name}: gave {len(found)} answers to {len(rows)} rows")
    largest = 0.0
    for row, expected, got in zip(rows, raw, found, strict=True):
        difference = max(_differences(answer, expected, got))
        if not difference <= LIMIT or _is_other_label(answer, expected, got):
            asked, model, other = (json.dumps(each, ensure_ascii=False) for each in (row, expected, got))
            raise RunnerError(
                f"{name}: does not answer as the model does, so nothing was written: for the row {asked} the model "
                f"answers {model}, and not {other}. If another release of Turnstile trained the version, train it "
                "again: turnstile run --no-cache. If not, this is an error in Turnstile; report it"
            )
        largest = max(largest, difference)
    return largest


def _differences(answer: Mapping[str, Any], expected: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[float]:
    task = answer["task"]
    if task == "multiclass":
        pairs = zip(expected["probabilities"], got["probabilities"], strict=True)
        yield from (_difference(a, b) for a, b in pairs)
    elif task == "binary":
        yield _difference(expected["probability"], got["probability"])
    else:
        unit = 1.0 if answer["log"] else answer["deviation"]
        yield _difference(expected["value"], got["value"], max(abs(expected["value"]), unit))


def _difference(expected: float, got: float | None, unit: float = 1.0) -> float:
    """JSON knows no NaN, so a runner answers null for it."""
    if got is None or expected != expected:
        return 0.0 if got is None and expected != expected else float("inf")
    return abs(expected - got) / unit


def _is_other_label(answer: Mapping[str, Any], expected: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    """Whether a label differs although the probability is not so near the edge that a rounding decides."""
    if "label" not in expected or expected["label"] == got["label"]:
        return False
    if answer["task"] == "binary":
        return abs(expected["probability"] - answer["decision"]) > LIMIT
    first, second = sorted(expected["probabilities"])[-1:-3:-1]
    return first - second > LIMIT
