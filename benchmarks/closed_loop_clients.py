"""Clients that ask a model server without pause and remember which version answered, and when."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import grpc

from serving.model.protos import predict_pb2, prediction_service_pb2_grpc

_HEAD = re.compile(rb"HTTP/1.1 (\d+).*?content-length: (\d+)(?:.*?turnstile-model-version: (\d+))?", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """What came of a request.

    Attributes:
        label: the version label it named.
        sent: time.monotonic() before it was sent.
        got: the same when it was answered.
        version: the version that answered; 0 when none did.
        error: what went wrong, "" for nothing.
    """

    label: str
    sent: float
    got: float
    version: int
    error: str = ""


Ask = Callable[[], Awaitable[int]]  # sends a request; returns the version that answered


async def rest(url: str, label: str, body: bytes, stop: asyncio.Event) -> list[Answer]:
    """Asks by REST over one connection, one request after another, until `stop` is set.

    Args:
        url: the model's address, such as http://127.0.0.1:8501/v1/models/taxi.
        label: the label to ask for.
        body: the body of each request.
        stop: ends it.
    """
    host, port, path = re.fullmatch(r"http://([^:/]+):(\d+)(/.*)", url).groups()  # type: ignore[union-attr]
    head = f"POST {path}/labels/{label}:predict HTTP/1.1\r\nhost: {host}\r\ncontent-length: {len(body)}\r\n\r\n"
    request = head.encode() + body
    reader, writer = await asyncio.open_connection(host, int(port))

    async def ask() -> int:
        writer.write(request)
        found = _HEAD.match(await reader.readuntil(b"\r\n\r\n"))
        if not found:
            raise ValueError("not an HTTP answer")
        content = await reader.readexactly(int(found[2]))
        if found[1] != b"200" or not found[3]:
            raise ValueError(f"{found[1].decode()}: {content[:200].decode()}")
        return int(found[3])

    try:
        return await _until(stop, label, ask)
    finally:
        writer.close()


async def rpc(target: str, label: str, request: bytes, stop: asyncio.Event) -> list[Answer]:
    """Asks by gRPC over one connection; as `rest`.

    Args:
        target: host:port.
        label: the label to ask for.
        request: a serialized PredictRequest.
        stop: ends it.
    """
    message = predict_pb2.PredictRequest.FromString(request)
    message.model_spec.version_label = label
    own = [("grpc.use_local_subchannel_pool", 1)]  # otherwise channels to one target share a connection
    async with grpc.aio.insecure_channel(target, options=own) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)

        async def ask() -> int:
            return (await stub.Predict(message)).model_spec.version.value

        return await _until(stop, label, ask)


async def _until(stop: asyncio.Event, label: str, ask: Ask) -> list[Answer]:
    answers, asking = [], True
    while asking:
        sent = time.monotonic()
        try:
            version, error = await ask(), ""
        except Exception as failure:  # whatever it is, it is what the drill is there to find
            version, error = 0, f"{type(failure).__name__}: {failure}"
        answers.append(Answer(label, sent, time.monotonic(), version, error))
        asking = not stop.is_set() and not error
    return answers
