"""Reads and writes requests and answers, on the event loop if they are small, in the process for large ones if not."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from serving.model.request_error import NO_REST_SIGNATURE, RequestError
from serving.server import rest_json
from serving.server.apart import Apart
from serving.server.bodies import LARGE_BYTES, Body
from serving.server.servable import DEFAULT_SIGNATURE, Servable

Arrays = Mapping[str, np.ndarray]

# Values of an answer: writing so many takes the event loop some milliseconds.
_LARGE_VALUES = 10_000


class Signature:
    """What reading and writing needs of a signature, in the other process, which has no model.

    Attributes:
        inputs: TensorInfo by name.
        outputs: TensorInfo by name.
        defaults: names of the inputs that may be left out.
    """

    def __init__(self, signature: Any):
        self.inputs, self.outputs = signature.inputs, signature.outputs
        self.defaults = set(signature.defaults)


async def read_predict(apart: Apart, served: Servable, body: Body) -> rest_json.PredictRequest:
    """Reads the body of a `:predict` request; raises as rest_json.parse_predict and Body.plain."""
    small = body.small()
    if small is not None:
        return rest_json.parse_predict(small, lambda name: served.signature(name)[1])
    signatures = {name: Signature(signature) for name, signature in served.model.signatures.items()}
    return await apart(_read_predict, *_sent(body), signatures)


def _read_predict(
    parts: list[bytes], gzip: bool, most: int, signatures: dict[str, Signature]
) -> rest_json.PredictRequest:
    def signature_of(name: str) -> Any:
        name = name or DEFAULT_SIGNATURE
        if name not in signatures:
            raise RequestError(NO_REST_SIGNATURE.code, NO_REST_SIGNATURE.message.format(name))
        return signatures[name]

    return rest_json.parse_predict(Body(parts, gzip, most).plain(), signature_of)


async def read_examples(apart: Apart, body: Body) -> tuple[str, np.ndarray]:
    """Reads the body of a `:classify` or `:regress` request; raises as rest_json.parse_examples and Body.plain."""
    small = body.small()
    if small is not None:
        return _examples(small)
    return await apart(_read_examples, *_sent(body))


def _read_examples(parts: list[bytes], gzip: bool, most: int) -> tuple[str, np.ndarray]:
    return _examples(Body(parts, gzip, most).plain())


def _examples(body: bytes) -> tuple[str, np.ndarray]:
    name, examples = rest_json.parse_examples(body)
    return name, np.array(examples, object)


def _sent(body: Body) -> tuple[list, bool, int]:
    return [pickle.PickleBuffer(part) for part in body.parts], body.gzip, body.most


async def read_message(apart: Apart, function: Callable, data: bytes, *arguments: Any) -> Any:
    """Reads a message of gRPC.

    Args:
        apart: the process for large ones.
        function: reads it.
        data: its first argument, the bytes.
        arguments: its others.
    """
    if len(data) <= LARGE_BYTES:
        return function(data, *arguments)
    return await apart(function, pickle.PickleBuffer(data), *arguments)


async def write(apart: Apart, function: Callable, outputs: Arrays, *arguments: Any) -> Any:
    """Writes an answer.

    Args:
        apart: the process for large ones.
        function: returns the answer.
        outputs: its first argument.
        arguments: its others.
    """
    if sum(array.size for array in outputs.values()) <= _LARGE_VALUES:
        return function(outputs, *arguments)
    return await apart(function, outputs, *arguments)


async def forget(inputs: Arrays) -> None:
    """Frees the strings of inputs that nobody needs any more, some at a time: freeing millions in one go takes long."""
    large = [array for array in inputs.values() if array.dtype == object and array.size > _LARGE_VALUES]
    if large:
        await asyncio.to_thread(_forget, large)


def _forget(arrays: Iterable[np.ndarray]) -> None:
    for array in arrays:
        flat = array.reshape(-1)
        for begin in range(0, len(flat), _LARGE_VALUES):
            flat[begin : begin + _LARGE_VALUES] = None
