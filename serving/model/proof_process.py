"""Runs check_model in a fresh process, so that a model that crashes its runtime is refused and nothing else dies."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from serving.model.proof import SAYS, Limits

# For the whole check. A model at the default size limit is loaded and answers in a few seconds.
TIME_LIMIT_S = 300.0

# How a line of TensorFlow's log begins when it is the reason to abort the process, in its older and newer format.
_FATAL = re.compile(r"^F\d{4} |: F ")


def check_apart(folder: Path, sample: Path, limits: Limits, time_limit_s: float = TIME_LIMIT_S) -> dict[str, Any]:
    """Checks a model in a process of its own.

    Args:
        folder: the SavedModel.
        sample: the trainer's sample, a file of PredictionLogs.
        limits: what it may weigh and take.
        time_limit_s: seconds for the whole check; a model that needs longer is refused.

    Returns:
        As serving.model.proof.check; what could not be measured is absent.
    """
    options = ["--max-size-mb", str(limits.max_size_mb), "--max-latency-ms", str(limits.max_latency_ms)]
    command = [sys.executable, "-m", "serving.model.proof", str(folder.resolve()), "--sample", str(sample.resolve())]
    root = Path(__file__).parents[2]  # there `-m` finds the module, installed or not
    try:
        ended = subprocess.run([*command, *options], cwd=root, capture_output=True, timeout=time_limit_s)
    except subprocess.TimeoutExpired as error:
        return _refusal(f"the model could not be proven within {time_limit_s:g} s", error.stderr, command)
    if ended.returncode == 0 and ended.stdout:
        return json.loads(ended.stdout)
    return _refusal(_ending(ended.returncode), ended.stderr, command)


def _refusal(what: str, stderr: bytes | None, command: list[str]) -> dict[str, Any]:
    again = shlex.join(["python", *command[1:]])
    why = f"{what}{_last_words((stderr or b'').decode(errors='replace'))}"
    return {"reasons": [f"{why}. A model server would fare the same. See for yourself: {again}"]}


def _last_words(stderr: str) -> str:
    """What the process said it was doing, and what TensorFlow or Python said of it then."""
    before, _, after = stderr.rpartition(SAYS)
    if not before and not after:
        return ""
    doing, *said = [line.strip() for line in after.splitlines() if line.strip()]
    fatal = [line for line in said if _FATAL.search(line)]  # on some versions a stack trace follows
    return f" while {doing}" + (f" ({(fatal or said)[-1]})" if said else "")


def _ending(code: int) -> str:
    if code == -signal.SIGKILL:
        return "the process that ran the model was killed, as Linux does when memory runs out,"
    if code < 0:
        return f"the model crashed the process that ran it, {signal.Signals(-code).name},"
    return f"the process that ran the model ended with exit code {code} and without an answer,"
