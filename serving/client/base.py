"""The interface that all clients of a model share, and the errors that they raise."""

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
    """No answer came, for a reason that may pass, so that asking again may help."""


class RefusedError(TurnstileError):
    """The server refused the request, and would refuse it again."""


@dataclass(frozen=True)
class ModelSpec:
    """Names the model to ask, as TensorFlow Serving's ModelSpec does.

    Attributes:
        name: the name of the model.
        version: the number of a version; without it and a label, the server takes the newest that is loaded.
        label: the label of a version.
    """

    name: str
    version: int | None = None
    label: str | None = None

    def __str__(self) -> str:
        version = f", version {self.version}" if self.version is not None else ""
        return f"model '{self.name}'{version}" + (f", label '{self.label}'" if self.label else "")


@dataclass(frozen=True)
class RawSignature:
    """The inputs and outputs of a model's `raw` signature.

    Attributes:
        inputs: the name of each input's dtype, by column.
        outputs: the number of each output's dtype in TensorFlow, by name.
    """

    inputs: Mapping[str, str]
    outputs: Mapping[str, int]


@dataclass(frozen=True)
class Answer:
    """The outputs for a batch of rows, and the version that answered, if it is known."""

    outputs: Arrays
    version: int | None


class Client(Protocol):
    """A way to ask models; several threads may use one client.

    Attributes:
        address: the server or folder that it asks, as messages name it.
        max_concurrent: how many requests it is worth sending at the same time.
    """

    address: str
    max_concurrent: int

    def signature(self, spec: ModelSpec) -> RawSignature:
        """Returns the inputs and outputs of a model's `raw` signature."""

    def predict(self, spec: ModelSpec, inputs: Arrays, signature: RawSignature) -> Answer:
        """Asks the `raw` signature.

        Args:
            spec: the model to ask.
            inputs: an array for each input.
            signature: what `signature` returned for the model.

        Raises:
            UnavailableError: no answer came.
            RefusedError: the server refused the request.
        """

    def close(self) -> None:
        """Closes the connections."""


def timeout_message(address: str, timeout: float) -> str:
    """Says that an answer did not come in time."""
    return f"{address}: no answer within {timeout:g} s, the limit (--timeout)"


def raw_signature(signatures: Mapping[str, Any], spec: ModelSpec) -> RawSignature:
    """Picks the `raw` signature.

    Args:
        signatures: something with TensorInfos as `inputs` and `outputs`, by name.
        spec: the model that has them.

    Raises:
        UsageError: there is no such signature, or an input is of a type that no row has.
    """
    if RAW not in signatures:
        there = ", ".join(sorted(name for name in signatures if not name.startswith("__")))
        raise UsageError(f"{spec}: has no signature '{RAW}', which takes one input a column; it has: {there}")
    found = signatures[RAW]
    inputs = {name: NAMES.get(of_values(info.dtype), str(info.dtype)) for name, info in sorted(found.inputs.items())}
    for name, dtype in inputs.items():
        if dtype not in _TAKEN:
            raise UsageError(f"{spec}: input '{name}' is of type {dtype}; rows can be turned into {', '.join(_TAKEN)}")
    return RawSignature(inputs, {name: of_values(info.dtype) for name, info in sorted(found.outputs.items())})
