"""A cluster: Prism on a machine, and a pool of Beam workers on each of two others; they share the storage only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.machines import ENVIRONMENT, ROOT, Machine, Network

PRISM = ROOT / ".prism" / "prism"
_PYTHON = f"{ENVIRONMENT}/bin/python"
_WORKERS = 50_000  # the port of a pool
_SECONDS = 60


class Cluster:
    """A cluster.

    Attributes:
        storage: a folder that all its machines see, and this one.
        pools: the machines with workers.
    """

    def __init__(self, folder: Path):
        self.storage = folder / "storage"
        self.storage.mkdir()
        self._network = Network(folder, self.storage)
        self._prism = self._network.machine("prism")
        self.pools = [self._network.machine("pool-1"), self._network.machine("pool-2")]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._prism.start(
            "/opt/prism/prism", f"-job_port={self._port}", "-serve_http=false", bound={str(PRISM.parent): "/opt/prism"}
        )
        _wait(self._prism, self._port)
        for pool in self.pools:
            pool.start(_PYTHON, "-m", "pipeline.commands.main", "worker", "--host", "0.0.0.0", "--port", str(_WORKERS))
            _wait(pool, _WORKERS)
        self._forward()

    def _forward(self) -> None:
        """Prism calls itself localhost, whoever asks: its port is forwarded to it from everywhere.

        And one address stands for all pools, as a cluster has in front of its machines.
        """
        forwarding = "/opt/tests/forwarding.py"
        bound = {str(Path(__file__).parent): "/opt/tests"}
        engine = f"{self._prism.address}:{self._port}"
        for pool in self.pools:
            pool.start(_PYTHON, forwarding, str(self._port), engine, bound=bound)
        pools = [f"{pool.address}:{_WORKERS}" for pool in self.pools]
        self._prism.start(_PYTHON, forwarding, str(_WORKERS), *pools, bound=bound)
        here = [sys.executable, str(Path(__file__).with_name("forwarding.py")), str(self._port), engine]
        self._here = subprocess.Popen(here, stdin=subprocess.DEVNULL)

    @property
    def beam(self) -> str:
        """What a config says to run on it."""
        places = f'endpoint = "localhost:{self._port}"\nworker_address = "localhost:{_WORKERS}"\n'
        return f'\n[beam]\nrunner = "portable"\n{places}'

    def close(self) -> None:
        """Takes it away."""
        self._here.kill()
        self._here.wait()
        self._network.close()


def _wait(machine: Machine, port: int) -> None:
    until = time.monotonic() + _SECONDS
    while True:
        try:
            return socket.create_connection((machine.address, port), 1).close()
        except OSError:
            if time.monotonic() > until:
                pytest.fail(f"nothing answers at {machine.address}:{port}: {machine.log.read_text()[-2000:]}")
            time.sleep(0.1)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if os.geteuid() or not shutil.which("ip"):
        pytest.fail("needs root, and iproute2: apt install iproute2")
    if not PRISM.exists():
        pytest.fail("needs Prism: make test-cluster installs it")
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    yield found
    found.close()
