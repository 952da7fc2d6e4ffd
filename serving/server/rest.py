"""TensorFlow Serving's REST API, as an ASGI application.

A path is one pattern that ends in `:verb`, and a request is one function; there is nothing for a web framework to do.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import unquote

from serving.model.request_error import DEADLINE_EXCEEDED, INTERNAL, INVALID_ARGUMENT, OK, RequestError
from serving.server import classify_regress, home, large, prometheus, rest_json, status_responses
from serving.server.apart import Apart
from serving.server.bodies import Body, Receive, TooLargeError, received
from serving.server.given_inputs import predict_inputs
from serving.server.manager import Manager
from serving.server.request_log_writer import KEYS, RequestLog
from serving.server.servable import Servable

# TensorFlow Serving's patterns (model_servers/http_rest_api_util.cc): a name, a version or a label, a verb.
_WHICH = r"(?:/versions/(\d+)|/labels/([^/:]+))?"
_POST = re.compile(rf"/v1/models/([^/:]+){_WHICH}:(classify|regress|predict)", re.IGNORECASE)
_GET = re.compile(rf"/v1/models/([^/:]+){_WHICH}(/metadata)?", re.IGNORECASE)

_NO_MODEL = ("/v1/models", "/v1/models/")

Send = Callable[[dict], Awaitable[None]]

VERSION_HEADER = b"turnstile-model-version"  # the one addition to TensorFlow Serving's answers

_KEYS = KEYS.encode()
_MAX_VERSION = 2**63 - 1
_NOT_FOUND, _TIMEOUT = 404, 408

# What lets a page of any origin ask: the headers of tensorflow_model_server --rest_api_enable_cors_support.
_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, GET"),
    (b"access-control-allow-headers", b"Content-Type"),
)


class RestApi:
    """The application.

    Args:
        manager: what is loaded.
        apart: the process for large bodies.
        max_body_bytes: the largest size of a request's body.
        timeout_seconds: seconds for reading a request, and as many for answering it.
        log: where requests are logged, if they are.
        cors: whether pages of any origin may ask.
        page: makes the page on which a person tries the model.
    """

    def __init__(
        self,
        manager: Manager,
        apart: Apart,
        max_body_bytes: int,
        timeout_seconds: float,
        log: RequestLog | None = None,
        cors: bool = False,
        page: home.Home | None = None,
    ):
        self._manager, self._apart, self._log, self._cors, self._page = manager, apart, log, cors, page
        self._max_body_bytes, self._timeout = max_body_bytes, timeout_seconds

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        """Answers one request; arguments as ASGI has them."""
        if scope["type"] != "http":
            return
        method, path = scope["method"], scope["raw_path"].decode("latin-1")
        try:
            async with asyncio.timeout(self._timeout):
                body = await received(receive, scope["headers"], self._max_body_bytes)
        except TimeoutError:
            message = "The request took too long to arrive"
            await self._send(send, _TIMEOUT, rest_json.error_response(message), close=True)
        except TooLargeError as error:
            await self._send(send, error.http_status, rest_json.error_response(error.message), close=True)
        else:
            if path.lower().startswith("/v1/"):
                await self._answer(method, path, body, send, _keys(scope["headers"]) if self._log else "")
            elif path == prometheus.PATH and method == "GET":
                await self._send(send, 200, prometheus.page(), b"text/plain; version=0.0.4")
            elif self._page and path == home.PATH and method == "GET":
                await self._send_page(self._page, send)
            else:
                await self._send(send, _NOT_FOUND, rest_json.error_response(f"Not found: {path}"))

    async def _send_page(self, page: home.Home, send: Send) -> None:
        try:
            await self._send(send, 200, await page(), b"text/html; charset=utf-8")
        except RequestError as error:
            await self._send(send, error.http_status, rest_json.error_response(error.message))

    async def _answer(self, method: str, path: str, body: Body, send: Send, keys: str) -> None:
        started, verb, served = time.perf_counter(), "", None
        http, code = 200, OK
        try:
            if method == "POST" and (match := _POST.fullmatch(path)):
                verb, served = match[4].lower(), self._manager.find(*_spec(match))
                async with asyncio.timeout(self._timeout):
                    answer = await getattr(self, f"_{verb}")(served, body, match[3], keys)
            elif method == "GET" and path.lower() in _NO_MODEL:
                raise RequestError(INVALID_ARGUMENT, "Missing model name in request.")
            elif method == "GET" and (match := _GET.fullmatch(path)):
                verb = "metadata" if match[4] else "status"
                answer = getattr(self, f"_{verb}")(match)
            elif method == "OPTIONS" and self._cors:  # a browser asks whether its page may ask
                answer = b""
            else:
                raise RequestError(INVALID_ARGUMENT, f"Malformed request: {method} {path}")
        except Exception as caught:
            error = _as_request_error(caught)
            http, code, answer = error.http_status, error.code, rest_json.error_response(error.message)
        name, version = (served.name, served.version) if served else ("", 0)
        prometheus.answered("rest", verb, name, version, code, time.perf_counter() - started)
        await self._send(send, http, answer, version=version)

    async def _predict(self, served: Servable, body: Body, label: str | None, keys: str) -> bytes:
        try:
            request = await large.read_predict(self._apart, served, body)
            name, signature = served.signature(request.signature_name)
            inputs = predict_inputs(name, signature, request.inputs)
            outputs = await served.ask(name, inputs)
        except RequestError as error:
            if self._log:
                self._log.refused(served, label, error)
            raise
        if self._log:
            self._log.predicted(served, label, inputs, outputs, keys)
        else:
            await large.forget(inputs)
        return await large.write(self._apart, rest_json.predict_response, outputs, request.row_format)

    async def _classify(self, served: Servable, body: Body, *_: str | None) -> bytes:
        name, examples = await large.read_examples(self._apart, body)
        return await classify_regress.classify(self._apart, served, name, examples, rest_json.classify_response)

    async def _regress(self, served: Servable, body: Body, *_: str | None) -> bytes:
        name, examples = await large.read_examples(self._apart, body)
        return await classify_regress.regress(self._apart, served, name, examples, rest_json.regress_response)

    def _status(self, match: re.Match) -> bytes:
        return rest_json.status_response(status_responses.status(self._manager, *_spec(match)))

    def _metadata(self, match: re.Match) -> bytes:
        return rest_json.metadata_response(status_responses.metadata(self._manager, *_spec(match), ["signature_def"]))

    async def _send(
        self,
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
        if self._cors:
            headers.extend(_CORS)
        await send({"type": "http.response.start", "status": http_status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _spec(match: re.Match) -> tuple[str, int | None, str]:
    version = int(match[2]) if match[2] else None
    if version is not None and version > _MAX_VERSION:
        raise RequestError(INVALID_ARGUMENT, f"Failed to convert version: {match[2]} to numeric.")
    return unquote(match[1]), version, unquote(match[3] or "")


def _keys(headers: Iterable[tuple[bytes, bytes]]) -> str:
    return next((value.decode("latin-1") for name, value in headers if name == _KEYS), "")


def _as_request_error(error: Exception) -> RequestError:
    if isinstance(error, RequestError):
        return error
    if isinstance(error, TimeoutError):
        return RequestError(DEADLINE_EXCEEDED, "Timed out waiting for the model")
    return RequestError(INTERNAL, f"{type(error).__name__}: {error}")
