"""TensorFlow Serving's REST API, as an ASGI application.

A path is one pattern that ends in `:verb`, and a request is one function; there is nothing for a web framework to do.
"""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from serving.model.request_error import DEADLINE_EXCEEDED, INTERNAL, INVALID_ARGUMENT, OK, RequestError
from serving.server import classify_regress, inference, prometheus, rest_json, status_responses
from serving.server.manager import Manager
from serving.server.request_log_writer import RequestLog
from serving.server.servable import Servable

# TensorFlow Serving's patterns (model_servers/http_rest_api_util.cc): a name, a version or a label, a verb.
_WHICH = r"(?:/versions/(\d+)|/labels/([^/:]+))?"
_POST = re.compile(rf"/v1/models/([^/:]+){_WHICH}:(classify|regress|predict)", re.IGNORECASE)
_GET = re.compile(rf"/v1/models/([^/:]+){_WHICH}(/metadata)?", re.IGNORECASE)

_NO_MODEL = ("/v1/models", "/v1/models/")

Receive = Callable[[], Awaitable[dict]]
Send = Callable[[dict], Awaitable[None]]

VERSION_HEADER = b"turnstile-model-version"  # the one addition to TensorFlow Serving's answers

_MAX_VERSION = 2**63 - 1
_BAD, _NOT_FOUND, _TIMEOUT, _TOO_LARGE = 400, 404, 408, 413
_GZIP = 16 + zlib.MAX_WBITS  # zlib's own way to ask for gzip's header


class TooLargeError(Exception):
    """A body beyond the limit."""


class RestApi:
    """The application.

    Args:
        manager: what is loaded.
        max_body_bytes: the largest size of a request's body.
        timeout_seconds: seconds for reading a request, and as many for answering it.
        log: where requests are logged, if they are.
    """

    def __init__(self, manager: Manager, max_body_bytes: int, timeout_seconds: float, log: RequestLog | None = None):
        self._manager, self._log = manager, log
        self._max_body_bytes, self._timeout = max_body_bytes, timeout_seconds

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        """Answers one request; arguments as ASGI has them."""
        if scope["type"] != "http":
            return
        method, path = scope["method"], scope["raw_path"].decode("latin-1")
        try:
            async with asyncio.timeout(self._timeout):
                body = self._plain(scope, await self._body(receive))
        except TimeoutError:
            await _send(send, _TIMEOUT, rest_json.error_response("The request took too long to arrive"), close=True)
        except TooLargeError as error:
            await _send(send, _TOO_LARGE, rest_json.error_response(str(error)), close=True)
        except zlib.error as error:
            await _send(send, _BAD, rest_json.error_response(f"The body is not gzip, as its header says: {error}"))
        else:
            if path.lower().startswith("/v1/"):
                await self._answer(method, path, body, send)
            elif path == prometheus.PATH and method == "GET":
                await _send(send, 200, prometheus.page(), b"text/plain; version=0.0.4")
            else:
                await _send(send, _NOT_FOUND, rest_json.error_response(f"Not found: {path}"))

    async def _answer(self, method: str, path: str, body: bytes, send: Send) -> None:
        started, verb, served = time.perf_counter(), "", None
        http, code = 200, OK
        try:
            if method == "POST" and (match := _POST.fullmatch(path)):
                verb, served = match[4].lower(), self._manager.find(*_spec(match))
                async with asyncio.timeout(self._timeout):
                    answer = await getattr(self, f"_{verb}")(served, body, match[3])
            elif method == "GET" and path.lower() in _NO_MODEL:
                raise RequestError(INVALID_ARGUMENT, "Missing model name in request.")
            elif method == "GET" and (match := _GET.fullmatch(path)):
                verb = "metadata" if match[4] else "status"
                answer = getattr(self, f"_{verb}")(match)
            else:
                raise RequestError(INVALID_ARGUMENT, f"Malformed request: {method} {path}")
        except Exception as caught:
            error = _as_request_error(caught)
            http, code, answer = error.http_status, error.code, rest_json.error_response(error.message)
        name, version = (served.name, served.version) if served else ("", 0)
        prometheus.answered("rest", verb, name, version, code, time.perf_counter() - started)
        await _send(send, http, answer, version=version)

    async def _body(self, receive: Receive) -> bytes:
        message = await receive()
        if not message.get("more_body"):
            body = message.get("body", b"")
            self._check_size(len(body))
            return body
        parts, size = [message["body"]], len(message["body"])
        while message.get("more_body"):
            self._check_size(size)
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        self._check_size(size)
        return b"".join(parts)

    def _plain(self, scope: dict, body: bytes) -> bytes:
        """Unpacks a body that is compressed, but not beyond the limit."""
        if (b"content-encoding", b"gzip") not in scope["headers"]:
            return body
        unpacked = zlib.decompressobj(_GZIP).decompress(body, self._max_body_bytes + 1)
        self._check_size(len(unpacked))
        return unpacked

    def _check_size(self, size: int) -> None:
        if size > self._max_body_bytes:
            raise TooLargeError(
                f"The request's body is larger than {self._max_body_bytes:,} bytes, the most this server takes"
            )

    async def _predict(self, served: Servable, body: bytes, label: str | None) -> bytes:
        request = rest_json.parse_predict(body, lambda name: served.signature(name)[1])
        name, signature = served.signature(request.signature_name)
        inference.check_predict_inputs(signature, request.inputs)
        outputs = await served.ask(name, request.inputs)
        if self._log:
            self._log.predicted(served, label, request.inputs, outputs)
        return rest_json.predict_response(outputs, request.row_format)

    async def _classify(self, served: Servable, body: bytes, _: str | None) -> bytes:
        _, result = await classify_regress.classify(served, *rest_json.parse_examples(body))
        return rest_json.classify_response(result)

    async def _regress(self, served: Servable, body: bytes, _: str | None) -> bytes:
        _, result = await classify_regress.regress(served, *rest_json.parse_examples(body))
        return rest_json.regress_response(result)

    def _status(self, match: re.Match) -> bytes:
        return rest_json.status_response(status_responses.status(self._manager, *_spec(match)))

    def _metadata(self, match: re.Match) -> bytes:
        return rest_json.metadata_response(status_responses.metadata(self._manager, *_spec(match), ["signature_def"]))


def _spec(match: re.Match) -> tuple[str, int | None, str]:
    version = int(match[2]) if match[2] else None
    if version is not None and version > _MAX_VERSION:
        raise RequestError(INVALID_ARGUMENT, f"Failed to convert version: {match[2]} to numeric.")
    return unquote(match[1]), version, unquote(match[3] or "")


def _as_request_error(error: Exception) -> RequestError:
    if isinstance(error, RequestError):
        return error
    if isinstance(error, TimeoutError):
        return RequestError(DEADLINE_EXCEEDED, "Timed out waiting for the model")
    return RequestError(INTERNAL, f"{type(error).__name__}: {error}")


async def _send(
    send: Send,
    http_status: int,
    body: bytes,
    kind: bytes = b"application/json",
    version: int = 0,
    close: bool = False,
) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    if version:
        headers.append((VERSION_HEADER, b"%d" % version))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": http_status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
