"""Proves an exported model before it gets traffic: it loads, fits its contract, and answers as the trainer's own does.

    python -m serving.model.proof MODEL --sample FILE

A process of its own, because a broken model can take down the one that loads it; see check_apart.py. The model runs
in TensorFlow's C++ runtime, as in TensorFlow Serving.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from serving.model.answer_comparison import TRAIN_AGAIN, differences, differences_alone, misfits, missing
from serving.model.saved_model import ModelError, SavedModel
from serving.model.warmup import PREDICTING, Arrays, Recorded, read
from turnstile.errors import UsageError

# Single-row requests for the median latency of a signature: enough for a steady one, ended early for slow models.
_REQUESTS, _LEAST_REQUESTS, _SECONDS = 60, 5, 1.0

# Before what the process says it does, so that it can be told what it did when a model took it down.
SAYS = "check_model: "


class Limits(NamedTuple):
    """The budgets: all files of the model, in megabytes of 10^6 bytes, and the median latency of a single row."""

    max_size_mb: float
    max_latency_ms: float


def check(folder: Path, sample: list[Recorded], limits: Limits) -> dict[str, Any]:
    """Checks a model in this process.

    Args:
        folder: the SavedModel.
        sample: for each signature, real rows and the trainer's own answers.
        limits: what it may weigh and take.

    Returns:
        `reasons` to refuse it, empty for a good model; and what was measured: `rows`, `size_mb`, `load_seconds`, and
        `latency_ms` by signature.
    """
    rows = min((recorded.rows for recorded in sample), default=0)
    if not rows:
        return {"reasons": [f"the trainer recorded no rows and answers to hold the model against; {TRAIN_AGAIN}"]}
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    found: dict[str, Any] = {"reasons": _too_large(size, limits), "rows": rows, "size_mb": round(size, 3)}
    _say("loading the model")
    started = time.monotonic()
    try:
        model = SavedModel(folder)
    except UsageError as error:
        found["reasons"].append(f"{error}. TensorFlow Serving could not load it either; {TRAIN_AGAIN}")
        return found
    found |= {"load_seconds": round(time.monotonic() - started, 3), "latency_ms": {}}
    found["reasons"] += missing(model.signatures, sample)
    for recorded in sample:
        if recorded.signature in model.signatures:
            found["reasons"] += _prove(model, recorded, limits, found["latency_ms"])
    return found


def _prove(model: SavedModel, recorded: Recorded, limits: Limits, latency_ms: dict[str, float]) -> list[str]:
    """Holds one signature against its sample; notes the latency of those that clients ask."""
    name = recorded.signature
    if unfit := list(misfits(model.signature(name), recorded)):
        return unfit
    _say(f"asking signature '{name}'")
    try:
        if wrong := list(differences(recorded, model(name, recorded.inputs), recorded.rows)):
            return wrong
        alone, median = _one_by_one(model, recorded)
    except ModelError as error:
        message = str(error).splitlines()[0]
        return [f"signature '{name}' does not answer {recorded.rows} real rows: {message}; {TRAIN_AGAIN}"]
    wrong = list(differences_alone(recorded, alone))
    if wrong or name not in PREDICTING:
        return wrong
    latency_ms[name] = round(median, 3)
    return _too_slow(name, median, limits)


def _too_large(megabytes: float, limits: Limits) -> list[str]:
    if megabytes <= limits.max_size_mb:
        return []
    return [
        f"the model has {megabytes:.4g} MB; at most {limits.max_size_mb:g} MB are allowed "
        "(serving_validator.max_size_mb). Make it smaller, or raise the limit"
    ]


def _too_slow(name: str, milliseconds: float, limits: Limits) -> list[str]:
    if milliseconds <= limits.max_latency_ms:
        return []
    return [
        f"signature '{name}' takes {milliseconds:.3g} ms for a row (the median of single-row requests); at most "
        f"{limits.max_latency_ms:g} ms are allowed (serving_validator.max_latency_ms). Make the model smaller, or "
        "raise the limit; if the machine was busy, try again: turnstile run --no-cache"
    ]


def _one_by_one(model: SavedModel, recorded: Recorded) -> tuple[list[Arrays], float]:
    """Asks for the rows one at a time; returns the answer to each that was asked, and the median milliseconds."""
    answers: list[Arrays] = []
    seconds: list[float] = []
    for row in itertools.islice(itertools.cycle(range(recorded.rows)), _REQUESTS):
        one = recorded.row(row).inputs
        started = time.perf_counter()
        answers.append(model(recorded.signature, one))
        seconds.append(time.perf_counter() - started)
        if len(seconds) >= _LEAST_REQUESTS and sum(seconds) > _SECONDS:
            break
    return answers[: recorded.rows], 1000 * statistics.median(seconds)


def _say(what: str) -> None:
    print(f"{SAYS}{what}", file=sys.stderr, flush=True)


def main() -> None:
    """Checks the model that the command line names, and prints the report as one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m serving.model.proof", description=main.__doc__)
    parser.add_argument("model", type=Path, help="the SavedModel's folder")
    parser.add_argument("--sample", type=Path, required=True, help="the trainer's requests and answers")
    parser.add_argument("--max-size-mb", type=float, default=float("inf"))
    parser.add_argument("--max-latency-ms", type=float, default=float("inf"))
    given = parser.parse_args()
    try:
        sample = read(given.sample)
    except UsageError as error:
        print(json.dumps({"reasons": [str(error)]}))
        return
    report = check(given.model, sample, Limits(given.max_size_mb, given.max_latency_ms))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
