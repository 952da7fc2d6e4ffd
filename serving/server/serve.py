"""`turnstile serve`: a model server for development and tests, with TensorFlow Serving's two APIs."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import uvicorn
import uvloop

from serving.model.request_error import RequestError
from serving.server.apart import Apart
from serving.server.batching import BatchingOptions
from serving.server.grpc_services import add_services
from serving.server.home import Home
from serving.server.http_protocol import HttpProtocol
from serving.server.manager import Manager
from serving.server.request_log_writer import RequestLog
from serving.server.rest import RestApi
from serving.server.target_versions import check, one_model, read_config
from serving.server.watcher import Watcher
from turnstile.errors import UsageError

logger = logging.getLogger("turnstile.serve")

_BACKLOG = 2048  # connections that wait to be accepted
_KEEP_ALIVE_SECONDS = 50  # for a connection's next request, as libevent's HTTP server, TensorFlow Serving's
_SWITCH_SECONDS = 0.0005  # how long the event loop waits for Python's lock while another thread handles a large request
_DRAIN_SECONDS = 30  # for requests that are under way at SIGTERM; Kubernetes' own grace period


@dataclass(frozen=True)
class ServerOptions:
    """Where to listen, what to serve, and the bounds.

    Attributes:
        name: the model to serve when there is no config file: its newest version.
        serving_dir: where the models are.
        config_file: a ModelServerConfig text proto; it may come and go.
        host: the address to bind to.
        grpc_port: 0 for any free one.
        rest_port: 0 for any free one.
        batching: how the requests of every model are batched.
        poll_seconds: between looks at the config file and the folders.
        max_message_bytes: the largest size of a request.
        timeout_seconds: seconds that a REST request may take.
        log: where requests are logged, if they are.
        log_rate: the share of them that is, between 0 and 1.
        cors: whether pages of any origin may ask by REST.
        verify_with: the public key by which a version's signature must hold; None to ask for none.
    """

    name: str
    serving_dir: Path
    config_file: Path
    host: str = "127.0.0.1"
    grpc_port: int = 8500
    rest_port: int = 8501
    batching: BatchingOptions = field(default_factory=BatchingOptions)
    poll_seconds: float = 0.5
    max_message_bytes: int = 64 << 20
    timeout_seconds: float = 30
    log: Path | None = None
    log_rate: float = 1.0
    cors: bool = False
    verify_with: str | None = None


def serve(options: ServerOptions) -> None:
    """Serves until SIGTERM or SIGINT, and then until the requests under way are answered.

    Raises:
        UsageError: a port is taken, an address is not of this machine, or the config file does not parse.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    uvloop.run(_serve(options))


async def _serve(options: ServerOptions) -> None:
    loop = asyncio.get_running_loop()
    _check_config(options.config_file)
    manager = Manager(options.batching, loop, options.verify_with)
    watcher = Watcher(manager, _reader(options), options.serving_dir, options.poll_seconds)
    log = RequestLog(options.log, options.log_rate) if options.log else None
    apart, stop = Apart(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    rest_socket = _bind(options.host, options.rest_port)
    rpc, grpc_port = _grpc_server(options)
    add_services(rpc, manager, watcher, apart, log)
    if not await _first_look(watcher, stop):
        return
    apart.start()
    await rpc.start()
    rest_socket.listen(_BACKLOG)  # before the address is told; uvicorn comes to it a moment later
    home = Home(manager, options.name)
    api = RestApi(manager, apart, options.max_message_bytes, options.timeout_seconds, log, options.cors, home)
    rest = _rest_server(api, options)
    serving = asyncio.create_task(rest.serve([rest_socket]))
    rest_at, grpc_at = (_address(options.host, port) for port in (rest_socket.getsockname()[1], grpc_port))
    logger.info("REST on http://%s/v1/models/%s, gRPC on %s", rest_at, options.name, grpc_at)
    logger.info("a page to try the model: http://%s/", rest_at)
    watching = asyncio.create_task(watcher.forever(stop))
    await stop.wait()
    logger.info("stopping: no new requests, %d under way", manager.pending())
    rest.should_exit = True
    await asyncio.gather(rpc.stop(_DRAIN_SECONDS), serving, watching)
    apart.close()
    if log:
        await asyncio.to_thread(log.close)


def _check_config(file: Path) -> None:
    """Refuses a config file that can never do, before the first look: nothing serves yet that could go on serving.

    One that is empty, or that names a folder which is not there yet, may become right.
    """
    next_step = "Correct it, or give another one: --model-config-file FILE"
    try:
        if file.exists() and (config := read_config(file)).WhichOneof("config"):
            check(config)
    except (ValueError, OSError) as error:  # which name the file
        raise UsageError(f"{error}. {next_step}") from error
    except RequestError as error:
        raise UsageError(f"{file}: {error}. {next_step}") from error


async def _first_look(watcher: Watcher, stop: asyncio.Event) -> bool:
    """Loads what is there, so that the server is ready when its ports open; returns False if it is told to stop."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def look() -> None:
        watcher.look(wait=True)
        with contextlib.suppress(RuntimeError):  # the loop has ended: it was told to stop
            loop.call_soon_threadsafe(done.set)

    # Not a thread of the loop's own, which would wait at its end for a load that hangs.
    threading.Thread(target=look, daemon=True).start()
    waits = [asyncio.create_task(event.wait()) for event in (done, stop)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    return not stop.is_set()


def _reader(options: ServerOptions) -> Callable[[], Any]:
    """Reads the config file, or stands in for it until there is one; one that has gone again is an error."""
    seen = False

    def read() -> Any:
        nonlocal seen
        seen = seen or options.config_file.exists()
        if seen:
            return read_config(options.config_file)
        return one_model(options.name, options.serving_dir / options.name)

    return read


def _bind(host: str, port: int) -> socket.socket:
    """Binds here rather than in uvicorn, which ends the process when a port is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise _cannot_listen(host, port, "--rest-api-port", error.strerror or str(error)) from error
    bound.setblocking(False)
    return bound


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _grpc_server(options: ServerOptions) -> tuple[Any, int]:
    limit = options.max_message_bytes
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", limit),
            ("grpc.max_send_message_length", limit),
            ("grpc.so_reuseport", 0),  # a taken port is an error, not a second server on it
        ]
    )
    try:
        port = server.add_insecure_port(_address(options.host, options.grpc_port))
    except RuntimeError as error:
        raise _cannot_listen(options.host, options.grpc_port, "--port", str(error)) from error
    return server, port


def _cannot_listen(host: str, port: int, option: str, why: str) -> UsageError:
    where = _address(host, port)
    return UsageError(f"cannot listen on {where} ({why}); is a server running there? Another port: {option} N")


def _rest_server(app: RestApi, options: ServerOptions) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=functools.partial(HttpProtocol, options.timeout_seconds),  # type: ignore[arg-type]  # called as a class is
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment, method-assign]  # signals are ours
    return server
