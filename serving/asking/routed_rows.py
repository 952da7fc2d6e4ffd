"""Asks a model about the rows of a file: by which route each row goes, what came back, and the log of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.client.base import Answer, Client, Model, RefusedError, Which
from serving.client.retries import Retries
from serving.rows import reading as reader
from serving.rows import request_log
from serving.rows.reading import Row, stack, to_rows, to_values
from serving.rows.request_log import Logged
from turnstile.errors import TurnstileError, UsageError

_TOO_MANY = "larger than maximum input batch size"  # TensorFlow Serving's words


@dataclass(frozen=True, eq=False)
class Route:
    """Whom some rows are for: a model, and the arm of an A/B test if there is one."""

    which: Which
    model: Model
    arm: str | None = None


@dataclass(frozen=True)
class Asked:
    """A row: its values in the order of the model's inputs, and the key by which its arm was chosen."""

    values: Sequence[Any]
    key: str | None = None


@dataclass(frozen=True)
class Answered:
    """What came back for a row.

    Attributes:
        route: that it went.
        key: by which its arm was chosen.
        time: of the answer.
        version: that answered, if it is known.
        inputs: by column.
        outputs: by name.
        error: what was wrong, if there is no answer; the outputs are None then.
    """

    route: Route
    key: str | None
    time: str
    version: int | None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    error: str | None = None


def ask(
    client: Client,
    retries: Retries,
    route: Route,
    rows: Sequence[Asked],
    took: Callable[[float], None] = lambda seconds: None,
) -> list[Answered]:
    """Asks about rows that go the same way, in one request.

    Args:
        client: whom to ask.
        retries: how often.
        route: of the rows.
        rows: at least one.
        took: is told the seconds to the answer, without the attempts that got none.

    Raises:
        UnavailableError: no answer came.
        RefusedError: the server said no.
    """
    inputs = stack([row.values for row in rows], route.model.inputs)

    def attempt() -> Answer:
        started = time.perf_counter()
        answer = client.predict(route.which, inputs, route.model)
        took(time.perf_counter() - started)
        return answer

    try:
        answer = retries(attempt)
    except RefusedError as error:
        raise (RefusedError(f"{error}. Send fewer rows: --batch N") if _TOO_MANY in str(error) else error) from error
    now, given, found = request_log.now(), to_rows(inputs), to_rows(answer.outputs)
    return [
        Answered(route, row.key, now, answer.version, columns, outputs)
        for row, columns, outputs in zip(rows, given, found, strict=True)
    ]


Choose = Callable[[Row], tuple[Route, str | None]]  # a row's route, and the key that decided it


def asked(rows: Iterator[Row], choose: Choose) -> Iterator[tuple[Route, Asked]]:
    """Turns rows into what a model takes.

    Args:
        rows: as they are read.
        choose: the route of each.

    Raises:
        UsageError: a value is not of its column's type; the message names row and column. Or there are no rows.
    """
    number = 0
    for number, row in enumerate(rows, start=1):
        route, key = choose(row)
        yield route, Asked(to_values(row, route.model.inputs, number), key)
    if not number:
        raise UsageError("there are no rows to predict for")


def check(path: str, choose: Choose, missing: Collection[str] = ()) -> int:
    """Reads a file to its end, so that a value of the wrong type is told before anything is sent.

    Returns:
        The number of rows.

    Raises:
        UsageError: as `asked`.
    """
    with reader.open_rows(path, missing) as rows:
        return sum(1 for _ in asked(rows, choose))


def absent(row: Row, model: Model) -> list[str]:
    """Returns the inputs of a model that a row has no column for.

    Raises:
        UsageError: it has none of them.
    """
    found = [name for name in model.inputs if name not in row]
    if len(found) == len(model.inputs):
        raise UsageError(f"none of the model's columns is in the input; expected: {', '.join(model.inputs)}")
    return found


@contextmanager
def logging_to(path: str | None) -> Iterator[Callable[[Answered], None]]:
    """Opens a request log; None for none.

    Raises:
        UsageError: it cannot be written.
    """
    if path is None:
        yield lambda _: None
        return
    writer = request_log.Writer(Path(path))

    def log(answered: Answered) -> None:
        try:
            writer.write([_logged(answered)])
        except OSError as error:
            raise TurnstileError(f"{path}: the request log cannot be written ({error.strerror})") from error

    try:
        yield log
    finally:
        writer.close()


def _logged(answered: Answered) -> Logged:
    which = answered.route.which
    return Logged(
        time=answered.time,
        model=which.name,
        version=answered.version,
        label=which.label,
        arm=answered.route.arm,
        key=answered.key,
        inputs=answered.inputs,
        outputs=answered.outputs,
    )
