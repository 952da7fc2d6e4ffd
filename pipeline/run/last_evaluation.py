"""What Evaluator said of the rows that it judged last."""

from __future__ import annotations

from typing import Any

from components import gate_report
from pipeline import artifacts
from pipeline.config import Config
from pipeline.next_command import next_command
from pipeline.run.folder import root
from turnstile.errors import UsageError
from turnstile.gates import EVALUATOR


def report(config: Config, config_file: str) -> dict[str, Any]:
    """Returns the report of the newest run that judged a model; of one from the cache, nothing new was said.

    Args:
        config: of the runs.
        config_file: the file it was read from, for the command to type next.

    Raises:
        UsageError: no run has judged a model, or it did before reports had intervals.
    """
    folder = artifacts.root(config) / EVALUATOR.id / "blessing"
    numbers = [int(file.parent.name) for file in folder.glob(f"*/{gate_report.FILE}")]  # those of TFX's executions
    found = gate_report.read(folder / str(max(numbers))) if numbers else {}
    if "confidence" not in found:
        why = "its last model was judged without intervals" if numbers else "no model was judged there yet"
        raise UsageError(f"{root(config)}: {why}. Run the pipeline first: {next_command('run', config, config_file)}")
    return found
