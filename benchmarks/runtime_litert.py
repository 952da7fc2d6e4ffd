"""Asks files for LiteRT by LiteRT itself, the package ai-edge-litert, in an environment of its own (`make litert`)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from serving.plain.edge_cases import Row
from serving.plain.proof import Answers

_PYTHON = Path(".venv-litert/bin/python")
# Answers each row, and times LiteRT alone, without what Python needs to give it the row: the first quartile is the time
# without other programs that ran beside it.
_SCRIPT = """
import json, sys, time
from ask import interpreter, plain, tensor

model = interpreter(sys.argv[1])
signature = model.get_signature_runner()
inputs, outputs = signature.get_input_details(), signature.get_output_details()
del signature  # or its reference to the tensors keeps the model from running
model.allocate_tensors()
answers, took = [], []
for row in json.load(sys.stdin):
    for name, like in inputs.items():
        model.set_tensor(like["index"], tensor(row.get(name), **like))
    begun = time.perf_counter_ns()
    model.invoke()
    took.append(time.perf_counter_ns() - begun)
    answers.append({name: plain(model.get_tensor(of["index"])[0]) for name, of in outputs.items()})
print(json.dumps([answers, sorted(took)[len(took) // 4] / 1000]))
"""


def asked(file: Path, rows: Sequence[Row]) -> tuple[Answers, float]:
    """Returns the answers to rows by input, and the microseconds that LiteRT takes for one.

    Args:
        file: a model for LiteRT, with ask.py beside it.
        rows: by input.
    """
    if not _PYTHON.exists():
        raise SystemExit("LiteRT is not installed. Run: make litert")
    command = [str(_PYTHON.absolute()), "-c", _SCRIPT, file.name]
    done = subprocess.run(
        command, input=json.dumps(rows), cwd=file.parent, stdout=subprocess.PIPE, text=True, check=True
    )
    answers, microseconds = json.loads(done.stdout)
    return answers, microseconds


def version() -> str:
    """Returns the version of the package."""
    command = [str(_PYTHON), "-c", "from importlib.metadata import version; print(version('ai-edge-litert'))"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
