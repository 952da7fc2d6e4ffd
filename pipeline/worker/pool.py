"""`turnstile worker`: starts Beam workers on this machine when an engine elsewhere asks for them.

Beam's own pool (apache_beam.runners.worker.worker_pool_main) listens on every address, leaves its workers running when
SIGTERM ends it, and keeps what they print in a pipe that nobody reads. The service and how a worker ends are Beam's.
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

import grpc
from apache_beam.portability.api import beam_fn_api_pb2 as messages
from apache_beam.portability.api import beam_fn_api_pb2_grpc as services
from apache_beam.runners.worker.worker_pool_main import kill_process_gracefully

from turnstile.errors import UsageError

_CALLS = 16  # at the same time; each takes milliseconds
_ENDPOINTS = ("provision_endpoint", "control_endpoint", "logging_endpoint", "artifact_endpoint")


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
        places = [f"--{name}={getattr(request, name).url}" for name in _ENDPOINTS]
        folder = Path(tempfile.mkdtemp(prefix="turnstile-worker-"))
        command = [sys.executable, "-m", "pipeline.worker.boot", f"--id={request.worker_id}", *places]
        # What a worker prints is printed here; its log goes to the engine. Ctrl-C is for the pool, which ends it.
        process = subprocess.Popen(
            [*command, f"--semi_persist_dir={folder}"],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=sys.stderr, process_group=0,
        )  # fmt: skip
        with self._lock:
            self._workers[request.worker_id] = Worker(process, folder)
        self._tell(f"worker {request.worker_id} started for {request.control_endpoint.url}")
        return messages.StartWorkerResponse()

    def StopWorker(self, request: Any, context: Any) -> Any:  # noqa: N802 - Beam's name
        """Ends a worker, whose job is done."""
        with self._lock:
            worker = self._workers.pop(request.worker_id, None)
        if worker:
            code = worker.process.poll()
            worker.end()
            self._tell(f"worker {request.worker_id} {f'had died (exit code {code})' if code else 'ended'}")
        return messages.StopWorkerResponse()

    def end(self) -> None:
        """Ends all workers."""
        with self._lock:
            workers, self._workers = self._workers, {}
        for worker in workers.values():
            worker.end()


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
