"""Runs what a user would type on a hostile table, in this process, and tells how each command ended."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from click.testing import CliRunner

from pipeline import config_file
from pipeline.commands.main import main
from pipeline.run import summary, whole_run
from tests.e2e.conftest import up_to_the_data_gate
from tests.hostile.case import Case
from turnstile.errors import TurnstileError
from turnstile.run_log import last_lines

# What the design allows for a user's data and configuration; 1 is an unexpected failure.
ALLOWED = {0, 2, 10, 11}
_CONFIG = "config.toml"


@dataclass(frozen=True)
class Outcome:
    """How one command ended: its exit code, and what it printed."""

    command: str
    exit_code: int
    words: str

    @property
    def fault(self) -> str:
        """What is wrong with it; "" for a command that did the work or said in words why not."""
        if self.exit_code not in ALLOWED:
            return f"{self.command} ended with {self.exit_code}:\n{self.words}"
        if "Traceback" in self.words or not self.words.strip():
            return f"{self.command} ended with {self.exit_code} and no words of its own:\n{self.words}"
        return ""


def outcomes(case: Case, folder: Path) -> list[Outcome]:
    """Makes the case's files in `folder`, and runs what a user would on them.

    That is up to the data gate, and `schema infer`; with a config that names a schema, what makes it the reviewed one,
    and the gate again; and perhaps a whole run.
    """
    case.write(folder)
    with _inside(folder):
        ended = [_caught("run up to DataGate", _up_to_the_gate), _typed("schema", "infer")]
        if "schema_path" in case.config and ended[-1].exit_code == 0:
            ended += [_typed("schema", "accept"), _typed("schema", "show"), _typed("schema", "diff")]
            ended.append(_caught("run up to DataGate", _up_to_the_gate))
        if case.whole and any(one.command.startswith("run") and one.exit_code == 0 for one in ended):
            ended.append(_typed("run"))
    return ended


def _up_to_the_gate() -> tuple[int, str]:
    config = config_file.load(_CONFIG)
    with up_to_the_data_gate():
        result = whole_run.run(config)
    with redirect_stdout(StringIO()) as shown:
        summary.show(result, config, _CONFIG)
    refused = max((gate.exit_code for gate in result.gates), default=0)
    if result.error:
        return 1, "\n".join([result.error, *last_lines(Path(result.log))])
    return refused, shown.getvalue()


def _caught(command: str, call: Callable[[], tuple[int, str]]) -> Outcome:
    try:
        return Outcome(command, *call())
    except TurnstileError as error:
        return Outcome(command, error.exit_code, str(error))
    except Exception:
        return Outcome(command, 1, traceback.format_exc())


def _typed(*words: str) -> Outcome:
    result = CliRunner().invoke(main, [*words, "--config", _CONFIG])
    raised = result.exception if not isinstance(result.exception, SystemExit) else None
    told = "".join(traceback.format_exception(raised)) if raised else _end_of_log() if result.exit_code == 1 else ""
    return Outcome(" ".join(words), result.exit_code, result.output + told)


def _end_of_log() -> str:
    logs = sorted(Path("output").glob("*/runs/*/run.log"))
    return "\n".join(last_lines(logs[-1])) if logs else ""


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
