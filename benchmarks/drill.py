"""A release drill under load: three pushes, a promote and a rollback, and not one request may fail.

python -m benchmarks.drill [--model serving_model/taxi/VERSION] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import closed_loop_clients
from benchmarks.closed_loop_clients import Answer
from benchmarks.local_server import local_server, newest_model
from benchmarks.request import Request, made_request
from serving.model.saved_model import SavedModel
from serving.releases import control, model_config
from serving.releases.state import ReleaseFolder, pushing, release_folder
from serving.settings import ServingConfig

NAME = "taxi"
LABELS = STABLE, CANARY = "stable", "canary"
CONNECTIONS = 32  # half of them by REST and half by gRPC, and half of each for stable and half for canary
AT_ONCE = ("promote", "rollback")  # of versions that are loaded: clients see them
WITHIN_SECONDS = 2.0  # of the command's end


@dataclass(frozen=True)
class Step:
    """What was done, and when (time.monotonic()); `labels` are those after it."""

    name: str
    began: float
    ended: float
    labels: dict[str, int]


@dataclass(frozen=True)
class Drill:
    """What was asked and answered while the steps were done."""

    steps: list[Step]
    answers: list[Answer]

    @property
    def failed(self) -> list[Answer]:
        """Those without an answer."""
        return [answer for answer in self.answers if answer.error]

    @property
    def stray(self) -> list[Answer]:
        """Answers by a version that was not live for their label between sending and answer.

        It is from the step that moves the label to it until a client has had an answer by the next one.
        """
        live: dict[tuple[str, int], list[tuple[float, float]]] = {}
        for label in LABELS:
            for number, span in self._spans(label):
                live.setdefault((label, number), []).append(span)
        return [
            a
            for a in self.answers
            if not a.error
            and not any(begin <= a.got and a.sent <= end for begin, end in live.get((a.label, a.version), []))
        ]

    @property
    def late(self) -> list[Step]:
        """The steps that clients should have seen at once."""
        commands = [step for step in self.steps if step.name.startswith(AT_ONCE)]
        return [step for step in commands if max(self.follows(step).values()) > WITHIN_SECONDS]

    def follows(self, step: Step) -> dict[str, float]:
        """Seconds from the end of a step to the first answer by the version a label has moved to, by label."""
        return {
            label: self._first_answer(label, step.labels[label], step.began) - step.ended
            for label in LABELS
            if step in self._moves(label)
        }

    def _moves(self, label: str) -> list[Step]:
        """The steps that moved a label."""
        before = [{}, *(step.labels for step in self.steps)]
        return [s for s, old in zip(self.steps, before, strict=False) if s.labels[label] != old.get(label)]

    def _spans(self, label: str) -> Iterator[tuple[int, tuple[float, float]]]:
        moves = self._moves(label)
        for move, following in zip(moves, [*moves[1:], None], strict=True):
            end = self._first_answer(label, following.labels[label], following.began) if following else math.inf
            yield move.labels[label], (move.began, end)

    def _first_answer(self, label: str, version: int, since: float) -> float:
        return min(a.got for a in self.answers if (a.label, a.version) == (label, version) and a.sent > since)


def drill(model: Path, seconds: float, say: Callable[[str], None] = lambda line: None) -> Drill:
    """Serves copies of a model and releases one after another while clients ask without pause.

    Args:
        model: an exported taxi model.
        seconds: how long the whole drill took.
        say: is told what is done.
    """
    request = made_request(SavedModel(model), 1)
    with tempfile.TemporaryDirectory() as folder:
        where = release_folder(ServingConfig(dir=folder), NAME)
        first = _step(where, "push 1", lambda: push(where, model, 1))
        with local_server(Path(folder), "--batching") as (rest, target):
            return asyncio.run(_under_load(where, model, request, rest, target, first, seconds, say))


async def _under_load(
    where: ReleaseFolder,
    model: Path,
    request: Request,
    rest: str,
    target: str,
    first: Step,
    seconds: float,
    say: Callable[[str], None],
) -> Drill:
    stop, done = asyncio.Event(), [first]
    clients = [
        asyncio.create_task(ask)
        for label in LABELS
        for _ in range(CONNECTIONS // 4)
        for ask in (
            closed_loop_clients.rest(rest, label, request.rest, stop),
            closed_loop_clients.rpc(target, label, request.message, stop),
        )
    ]
    plan = _plan(where, model)
    for name, act in plan:
        await asyncio.sleep(seconds / (len(plan) + 1))
        say(name)
        done.append(await asyncio.to_thread(_step, where, name, act))
        await asyncio.to_thread(_wait_until_loaded, rest, done[-1])
    await asyncio.sleep(seconds / (len(plan) + 1))
    stop.set()
    return Drill(done, [answer for answers in await asyncio.gather(*clients) for answer in answers])


def _plan(where: ReleaseFolder, model: Path) -> list[tuple[str, Callable[[], None]]]:
    return [
        ("push 2", lambda: push(where, model, 2)),
        ("promote 2", lambda: command(where, "promote", "2")),
        ("push 3", lambda: push(where, model, 3)),
        ("rollback", lambda: command(where, "rollback")),
        ("push 4", lambda: push(where, model, 4)),
    ]


def _wait_until_loaded(rest: str, step: Step) -> None:
    """Waits as a person would who looks at what is loaded before going on."""
    for number in step.labels.values():
        while True:
            with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(f"{rest}/versions/{number}") as it:
                if json.load(it)["model_version_status"][0]["state"] == "AVAILABLE":
                    break
            time.sleep(0.1)


def _step(where: ReleaseFolder, name: str, act: Callable[[], None]) -> Step:
    began = time.monotonic()
    act()
    return Step(name, began, time.monotonic(), model_config.labels(model_config.read(where.config_file), NAME))


def push(where: ReleaseFolder, model: Path, number: int) -> None:
    """Pushes a copy of a model as the Pusher does: aside, then in one step, then labelled canary."""
    where.folder.mkdir(parents=True, exist_ok=True)
    with pushing(where):
        staged = where.folder / ".staging" / str(number)
        shutil.copytree(model, staged)
        staged.rename(where.folder / str(number))
    control.pushed(where, number, "canary")


def command(where: ReleaseFolder, *arguments: str) -> None:
    """Does a `turnstile` command as a person would."""
    line = [sys.executable, "-m", "pipeline.commands.main", *arguments, "--serving-dir", str(where.serving_dir)]
    subprocess.run(line, check=True, capture_output=True)


def table(found: Drill) -> list[str]:
    """Returns the steps as lines of a table, with how soon clients saw each."""
    lines = [
        "| done | command took s | seen by clients after s | stable | canary |",
        "| --- | ---: | --- | --- | --- |",
    ]
    for step in found.steps[1:]:
        seen = ", ".join(f"{label} {max(0.0, after):.1f}" for label, after in found.follows(step).items())
        labels = f"{step.labels[STABLE]} | {step.labels[CANARY]}"
        lines.append(f"| {step.name} | {step.ended - step.began:.1f} | {seen} | {labels} |")
    return lines


def summary(found: Drill) -> str:
    """Says in a sentence what the requests came to."""
    span = max(a.got for a in found.answers) - min(a.sent for a in found.answers)
    versions = sorted({a.version for a in found.answers if not a.error})
    return (
        f"{len(found.answers):,} requests in {span:.0f} s over {CONNECTIONS} connections: {len(found.failed)} failed, "
        f"{len(found.stray)} answered by a version that its label was not on; answered by versions "
        f"{', '.join(map(str, versions))}."
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Does the drill; exit code 1 if a request failed, was answered by a wrong version, or a command was seen late."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a version of the taxi model; the newest by default")
    parser.add_argument("--seconds", type=float, default=60.0, help="in all")
    options = parser.parse_args(arguments)
    found = drill(options.model or newest_model(), options.seconds, lambda line: print(line, file=sys.stderr))
    print("\n".join([*table(found), "", summary(found), *sorted({a.error for a in found.failed})[:5]]))
    sys.exit(bool(found.failed or found.stray or found.late))


if __name__ == "__main__":
    main()
