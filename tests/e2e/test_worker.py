"""`turnstile worker` and a server of Beam's Job API: workers begin where the pool is, and end with it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from tests.e2e.test_batch import answers, expected, label, made
from tests.made_exports import Weighing, export

ROOT = Path(__file__).parent.parent.parent
_SECONDS = 60


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """The address of the server that comes with Beam."""
    folder = tmp_path_factory.mktemp("engine")
    module = "apache_beam.runners.portability.local_job_service_main"
    words = [sys.executable, "-m", module, "--port_file", str(folder / "port"), "--staging_dir", str(folder)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
    until = time.monotonic() + _SECONDS
    while not (folder / "port").exists():
        assert process.poll() is None and time.monotonic() < until, (folder / "log").read_text()
        time.sleep(0.1)
    yield f"127.0.0.1:{(folder / 'port').read_text()}"
    process.terminate()
    process.wait()


class Pool:
    """A pool with a folder of its own, which is not the driver's."""

    def __init__(self, folder):
        self.folder = folder
        command = [sys.executable, "-m", "pipeline.commands.main", "worker", "--port", "0", "--json"]
        self._log = folder / "log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
                stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self.address = json.loads(self.process.stdout.readline())["worker_address"]

    def said(self):
        return self._log.read_text()

    def folders(self):
        return list(self.folder.glob("turnstile-worker-*"))


@pytest.fixture
def pool(tmp_path_factory):
    found = Pool(tmp_path_factory.mktemp("pool"))
    yield found
    found.process.kill()
    found.process.wait()


@pytest.fixture
def job(tmp_path, engine, pool):
    """The words of a job whose config names the engine and the pool."""
    export(tmp_path / "models" / "weighing" / "1", Weighing(0.5))
    export(tmp_path / "models" / "weighing" / "2", Weighing(0.25))
    label(tmp_path / "models", 1)
    config = tmp_path / "weighing.toml"
    config.write_text(
        f'name = "weighing"\n[beam]\nrunner = "portable"\nendpoint = "{engine}"\nworker_address = "{pool.address}"\n'
    )
    words = ["batch", made(tmp_path / "rows.csv"), "--out", str(tmp_path / "out"), "--keep", "id", "--beam"]
    return [*words, "--shard-rows", "100", "--config", str(config), "--serving-dir", str(tmp_path / "models")]


def test_workers_of_a_pool_answer_as_this_process_does_and_end_with_it(job, pool, tmp_path):
    done = CliRunner().invoke(main, job, catch_exceptions=False)
    assert (done.exit_code, answers(tmp_path / "out")) == (0, expected(range(400)))
    assert "started for" in pool.said()
    assert len(pool.folders()) == 1
    pool.process.send_signal(signal.SIGTERM)
    assert (pool.process.wait(_SECONDS), pool.folders(), "Traceback" in pool.said()) == (0, [], False)


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = CliRunner().invoke(main, ["worker", "--port", port])
    assert done.exit_code == 2
    assert f"127.0.0.1:{port}: cannot listen there" in str(done.output) + str(done.exception)
