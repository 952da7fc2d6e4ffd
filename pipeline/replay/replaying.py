"""Runs span after span, each in a process of its own, and shows a line for each on standard error.

The processes are forked from one that has imported TFX and done nothing else. So it is imported once, and what a run
leaves in memory goes with its process (docs/adr/0032-replay.md has the numbers).
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from pipeline.config import Config
from pipeline.replay.replayed import FAILED, Replayed
from pipeline.report.record import Record
from pipeline.run import folder, whole_run
from serving.releases import release_record
from turnstile import outcomes, run_log
from turnstile.errors import DataRefusedError, TurnstileError
from turnstile.gates import EXAMPLE_GEN, REFUSED
from turnstile.live_progress import live_progress, print_plain
from turnstile.span_pattern import Span

ConfigOf = Callable[[Span], Config]
Run = Callable[[Config, str], str | None]
Show = Callable[[Span, Replayed | None], None]

# What brings in all that a run imports, in the process that the others are forked from.
_PRELOADED = ["pipeline.dag", "pipeline.run.local_runner", "pipeline.run.report"]


def apart(config: Config, run_id: str) -> str | None:
    """Runs a config in a process of its own, which ends with the run, also if this one is killed.

    Returns:
        Why it ended before the run did; None if it did not.

    Raises:
        TurnstileError: as whole_run.run.
    """
    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(_PRELOADED)
    receiver, sender = forked.Pipe(duplex=False)
    process = forked.Process(target=_run_once, args=(config, run_id, sender), daemon=True)
    with run_log.redirected(Path(os.devnull)):  # the stages' progress; what they print is in the run's own log
        process.start()
    sender.close()
    try:
        raise receiver.recv()
    except EOFError:  # it has nothing to say
        process.join()
    return f"its process ended with exit code {process.exitcode}" if process.exitcode else None


def _run_once(config: Config, run_id: str, sender: Connection) -> None:
    """What came of the run is in its record: a RunResult that goes to the other process would have it import TFX."""
    try:
        whole_run.run(config, run_id=run_id)
    except TurnstileError as error:
        sender.send(error)
    finally:
        sender.close()


def replay(
    spans: Sequence[Span], config_of: ConfigOf, done: Mapping[Span, dict[str, Any]], run: Run = apart
) -> list[Replayed]:
    """Runs each span as `turnstile run --span` does, oldest first, up to the first that fails.

    Args:
        spans: oldest first.
        config_of: returns the config of a run, whose data has been checked; raises DataRefusedError if it is not whole.
        done: the records of spans that are not to be run again.
        run: makes a run with a name; as `apart`.

    Returns:
        What came of each span; of a run that failed, and of no later one.
    """
    found: list[Replayed] = []
    with _shown(len(spans)) as show:
        for span in spans:
            show(span, None)
            again = span in done
            found.append(Replayed(span, Record(done[span]), again) if again else _run(span, config_of, run))
            show(span, found[-1])
            if found[-1].verdict == FAILED:
                break
    return found


def _run(span: Span, config_of: ConfigOf, run: Run) -> Replayed:
    try:
        config = config_of(span)
    except DataRefusedError as error:  # before it runs, a run is stopped like this, and leaves no record
        said = {"gate": EXAMPLE_GEN.id, "verdict": REFUSED, "reasons": str(error).splitlines()}
        return Replayed(span, Record({"outcome": outcomes.DATA_STOPPED, "gates": [said]}))
    run_id = folder.new_run_id()
    fault = run(config, run_id) or "it left no record"
    record = release_record.read_file(folder.record_file(folder.root(config), run_id))
    failed = {"outcome": outcomes.FAILED, "run_id": run_id, "error": f"{fault}. See {folder.log_file(config, run_id)}"}
    return Replayed(span, Record(record or failed))


@contextmanager
def _shown(total: int) -> Iterator[Show]:
    with os.fdopen(os.dup(2), "w") as terminal:
        live = live_progress(terminal, SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        task = live.add_task("", total=total)
        told = 0

        def show(span: Span, found: Replayed | None) -> None:
            nonlocal told
            if found is None:
                live.update(task, description=f"span {span}, {told + 1} of {total}")
                return
            told += 1
            live.update(task, completed=told)
            print_plain(live, _line(found))

        with live:
            yield show


def _line(found: Replayed) -> str:
    version = f"  version {found.record.version}" if found.record.version else ""
    took = "replayed before" if found.again else f"{found.record.seconds or 0:.0f} s"
    return f"{found.span!s:<11} {found.verdict:<10} {took:>6}{version}"
