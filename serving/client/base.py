"""What every client of a model can do, whichever way it asks, and what can go wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from serving.model.dtypes import NAMES, of_values
from serving.rows.reading import Arrays
from turnstile.errors import TurnstileError, UsageError

RAW = "raw"  # the signature that takes one input a column
_TAKEN = ("string", "int64", "float")  # what serving.rows.reading makes of a row


class UnavailableError(TurnstileError):
    """No answer came, for a reason that may pass: asking again is worth it."""


class RefusedError(TurnstileError):
    """The server said no, and would say so again."""


@dataclass(frozen=True)
class Which:
    """The model to ask: its newest loaded version, or one by number or by label."""

    name: str
    version: int | None = None
    label: str | None = None

    def __str__(self) -> str:
        version = f", version {self.version}" if self.version is not None else ""
        return f"model '{self.name}'{version}" + (f", label '{self.label}'" if self.label else "")


@dataclass(frozen=True)
class Model:
    """What the `raw` signature of a model takes and gives.

    Attributes:
        inputs: dtype names by column.
        outputs: numbers of TensorFlow's dtypes by name.
    """

    inputs: Mapping[str, str]
    outputs: Mapping[str, int]


@dataclass(frozen=True)
class Answer:
    """The outputs for some rows, and the version that answered, if that is known."""

    outputs: Arrays
    version: int | None


class Client(Protocol):
    """A way to ask models. Safe to be used by several threads.

    Attributes:
        where: whom it asks, for messages.
        at_once: how many requests are worth having under way.
    """

    where: str
    at_once: int

    def model(self, which: Which) -> Model:
        """Returns what a model takes and gives."""

    def predict(self, which: Which, inputs: Arrays, model: Model) -> Answer:
        """Asks the `raw` signature.

        Args:
            which: whom to ask.
            inputs: an array for each input.
            model: what `model` said.

        Raises:
            UnavailableError: no answer came.
            RefusedError: the server said no.
        """

    def close(self) -> None:
        """Ends the connections."""


def late(where: str, timeout: float) -> str:
    """Says that an answer did not come in time."""
    return f"{where}: no answer within {timeout:g} s, the limit (--timeout)"


def raw_signature(signatures: Mapping[str, Any], which: Which) -> Model:
    """Picks the `raw` signature.

    Args:
        signatures: something with TensorInfos as `inputs` and `outputs`, by name.
        which: whose they are.

    Raises:
        UsageError: there is none, or it takes what no row has.
    """
    if RAW not in signatures:
        there = ", ".join(sorted(name for name in signatures if not name.startswith("__")))
        raise UsageError(f"{which}: has no signature '{RAW}', which takes one input a column; it has: {there}")
    found = signatures[RAW]
    inputs = {name: NAMES.get(of_values(info.dtype), str(info.dtype)) for name, info in sorted(found.inputs.items())}
    for name, dtype in inputs.items():
        if dtype not in _TAKEN:
            raise UsageError(f"{which}: input '{name}' is of type {dtype}; rows can be turned into {', '.join(_TAKEN)}")
    return Model(inputs, {name: of_values(info.dtype) for name, info in sorted(found.outputs.items())})
