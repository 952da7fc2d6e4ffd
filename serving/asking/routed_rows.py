"""Asks a model about the rows of a file: by which route each row goes, what came back, and the log of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serving.asking.kept_columns import KeptColumns
from serving.client.base import Answer, Client, ModelSpec, RawSignature, RefusedError
from serving.client.retries import Retries
from serving.rows import request_log
from serving.rows.reading import Row, stack, to_rows, to_values
from serving.rows.request_log import Logged
from turnstile.aliases import columns_of
from turnstile.errors import TurnstileError, UsageError

NO_ROWS = "the input has no rows to predict for; expected a header and rows, or JSON lines. Check how it was exported"
_TOO_MANY = "larger than maximum input batch size"  # TensorFlow Serving's words


@dataclass(frozen=True, eq=False)
class Route:
    """The model that some rows are sent to, and the arm of an A/B test that it is, if there is a test."""

    spec: ModelSpec
    signature: RawSignature
    arm: str | None = None


@dataclass(frozen=True)
class PreparedRow:
    """A row that can be sent.

    Attributes:
        values: the values, in the order of the model's inputs.
        key: the key by which its arm was chosen, if there is a test.
        kept: what the answer repeats of the row, by column of the answers.
    """

    values: Sequence[Any]
    key: str | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AnsweredRow:
    """What the model answered about one row.

    Attributes:
        route: the route by which the row was sent.
        key: the key by which its arm was chosen.
        time: when the answer came; see request_log.now.
        version: the version that answered, if it is known.
        inputs: what was sent, by column.
        outputs: what was answered, by name; each is None if there is no answer.
        error: why there is no answer.
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
    rows: Sequence[PreparedRow],
    note_seconds: Callable[[float], None] = lambda seconds: None,
) -> list[AnsweredRow]:
    """Asks about rows that go the same way, in one request.

    Args:
        client: sends the request.
        retries: how often it sends it again.
        route: the route of all the rows.
        rows: the rows, at least one.
        note_seconds: is told how long the answer took, without the attempts that got none.

    Raises:
        UnavailableError: no answer came.
        RefusedError: the server refused the request.
    """
    inputs = stack([row.values for row in rows], route.signature.inputs)

    def attempt() -> Answer:
        started = time.perf_counter()
        answer = client.predict(route.spec, inputs, route.signature)
        note_seconds(time.perf_counter() - started)
        return answer

    try:
        answer = retries(attempt)
    except RefusedError as error:
        raise advised(error) from error
    now, sent, received = request_log.now(), to_rows(inputs), to_rows(answer.outputs)
    return [
        AnsweredRow(route, row.key, now, answer.version, columns, outputs)
        for row, columns, outputs in zip(rows, sent, received, strict=True)
    ]


def advised(error: RefusedError) -> RefusedError:
    """Adds to a refusal what to do about it, if that is to send fewer rows at a time."""
    return RefusedError(f"{error}. Send fewer rows: --batch N") if _TOO_MANY in str(error) else error


ChooseRoute = Callable[[Row], tuple[Route, str | None]]  # returns a row's route, and the key that decided it


def prepared(
    rows: Iterator[Row], choose: ChooseRoute, kept: KeptColumns, decimal: str = "."
) -> Iterator[tuple[Route, PreparedRow]]:
    """Turns rows into what a model takes, each with its route.

    Args:
        rows: the rows, as they are read.
        choose: returns the route of a row.
        kept: the columns that the answers repeat.
        decimal: the character before the decimals of a number in text.

    Raises:
        UsageError: a value is not of its column's type, and the message names row and column. Or the first row lacks a
            column that is to be kept, or there are no rows.
    """
    number = 0
    for number, row in enumerate(rows, start=1):
        if number == 1:
            kept.check(row)
        route, key = choose(row)
        yield route, PreparedRow(to_values(row, route.signature.inputs, number, decimal), key, kept.of(row))
    if not number:
        raise UsageError(NO_ROWS)


def count_valid_rows(rows: Iterator[Row], choose: ChooseRoute, kept: KeptColumns, decimal: str = ".") -> int:
    """Reads a file to its end, so that a value of the wrong type is told before anything is sent.

    Returns:
        The number of rows.

    Raises:
        UsageError: as `prepared`.
    """
    return sum(1 for _ in prepared(rows, choose, kept, decimal))


def absent_inputs(row: Row, signature: RawSignature) -> list[str]:
    """Returns the inputs of a model that a row has no column for.

    Raises:
        UsageError: the row has a column for none of them.
    """
    found = columns_of(tuple(signature.inputs), tuple(row))
    absent = [name for name in signature.inputs if name not in found]
    if len(absent) == len(signature.inputs):
        raise UsageError(
            f"none of the model's columns is in the input; expected one or more of: {', '.join(signature.inputs)}"
        )
    return absent


def tell_absent(row: Row, routes: Sequence[Route], tell: Callable[[str], None]) -> None:
    """Tells which inputs a row, which should be the first one, has no column for; raises as absent_inputs does."""
    absent = dict.fromkeys(name for route in routes for name in absent_inputs(row, route.signature))
    if absent:
        tell(f"not in the first row, taken as missing: {', '.join(absent)}")


@contextmanager
def logging_to(path: str | None) -> Iterator[Callable[[AnsweredRow], None]]:
    """Opens a request log, and gives a function that adds a row to it; without a path, one that does nothing.

    Raises:
        UsageError: it cannot be written.
    """
    if path is None:
        yield lambda _: None
        return
    writer = request_log.Writer(Path(path))

    def log(answered: AnsweredRow) -> None:
        try:
            writer.write([_logged(answered)])
        except OSError as error:
            raise TurnstileError(f"{path}: the request log cannot be written ({error.strerror})") from error

    try:
        yield log
    finally:
        writer.close()


def _logged(answered: AnsweredRow) -> Logged:
    spec = answered.route.spec
    return Logged(
        time=answered.time,
        model=spec.name,
        version=answered.version,
        label=spec.label,
        arm=answered.route.arm,
        key=answered.key,
        inputs=answered.inputs,
        outputs=answered.outputs,
    )
