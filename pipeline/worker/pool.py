"""`turnstile worker`: starts Beam workers on this machine when an engine elsewhere asks for them.

Beam's own pool (apache_beam.runners.worker.worker_pool_main) listens on every address, leaves its workers running when
SIGTERM ends it, and believes an engine that calls itself localhost. The service, and how a worker is ended, are Beam's.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import grpc
from apache_beam.portability.api import beam_fn_api_pb2 as messages
from apache_beam.portability.api import beam_fn_api_pb2_grpc as services
from apache_beam.runners.worker.worker_pool_main import kill_process_gracefully

from turnstile.errors import UsageError

_CALLS = 16  # at the same time; each takes milliseconds
_ENDPOINTS = ("provision", "control", "logging", "artifact")
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Worker:
    """A worker that was started.

    Attributes:
        process: it.
        folder: its own, in which it runs.
    """

    process: subprocess.Popen
    folder: Path

    def end(self) -> None:
        """Ends it, and removes its folder."""
        kill_process_gracefully(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


class Pool(services.BeamFnExternalWorkerPoolServicer):
    """Starts and ends workers, as Beam's service for environments of type EXTERNAL.

    Args:
        tell: is told, in a sentence, of each worker that starts or ends.
    """

    def __init__(self, tell: Callable[[str], None]):
        self._tell = tell
        self._workers: dict[str, Worker] = {}
        self._lock = threading.Lock()

    def StartWorker(self, request: Any, context: Any) -> Any:  # noqa: N802 - Beam's name
        """Starts the worker that an engine asks for."""
        engine = engine_host(context.peer())
        places = [f"--{name}_endpoint={as_seen(_url(request, name), engine)}" for name in _ENDPOINTS]
        folder = Path(tempfile.mkdtemp(prefix="turnstile-worker-"))
        command = [sys.executable, "-m", "pipeline.worker.boot", f"--id={request.worker_id}", *places]
        # What a worker prints is printed here; its log goes to the engine. Ctrl-C is for the pool, which ends it.
        process = subprocess.Popen(
            [*command, f"--semi_persist_dir={folder}"],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=sys.stderr, process_group=0,
        )  # fmt: skip
        with self._lock:
            self._workers[request.worker_id] = Worker(process, folder)
        self._tell(f"worker {request.worker_id} started for {engine}")
        return messages.StartWorkerResponse()

    def StopWorker(self, request: Any, context: Any) -> Any:  # noqa: N802 - Beam's name
        """Ends a worker, whose job is done."""
        with self._lock:
            worker = self._workers.pop(request.worker_id, None)
        if worker:
            died = worker.process.poll()
            worker.end()
            self._tell(f"worker {request.worker_id} {'ended' if died is None else f'had died (exit code {died})'}")
        return messages.StopWorkerResponse()

    def end(self) -> None:
        """Ends all workers."""
        with self._lock:
            workers, self._workers = self._workers, {}
        for worker in workers.values():
            worker.end()


def _url(request: Any, name: str) -> str:
    return str(getattr(request, f"{name}_endpoint").url)


def engine_host(peer: str) -> str:
    """Returns the host of gRPC's name for a caller, such as "ipv4:10.0.0.2:4711" or "ipv6:%5B::1%5D:4711"."""
    return unquote(peer).partition(":")[2].rpartition(":")[0]


def as_seen(url: str, engine: str) -> str:
    """Returns the address of an engine's service as it is from here.

    Args:
        url: HOST:PORT, as the engine names it; Prism calls itself localhost, whoever asks.
        engine: its host, as seen from here.
    """
    host, _, port = url.rpartition(":")
    return f"{engine}:{port}" if host in _THIS_MACHINE else url


@contextmanager
def listening(host: str, port: int, tell: Callable[[str], None]) -> Iterator[int]:
    """Listens for engines, and ends every worker at the end.

    Args:
        host: the address to listen on.
        port: the port; 0 takes any free one.
        tell: see Pool.

    Yields:
        The port.

    Raises:
        UsageError: the port is not free, or the address is not one of this machine.
    """
    pool = Pool(tell)
    # Without this option, two pools could share a port, and each would get a part of the workers.
    server = grpc.server(ThreadPoolExecutor(_CALLS), options=[("grpc.so_reuseport", 0)])
    services.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    try:
        taken = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError:
        taken = 0
    if not taken:
        raise UsageError(
            f"{host}:{port}: cannot listen there. Choose another --port, or an address of this machine: --host"
        )
    server.start()
    try:
        yield taken
    finally:
        server.stop(grace=None)
        pool.end()
