"""A MariaDB server of Debian's packages, on this machine, which can be killed and started again."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

USER = "turnstile"
PASSWORD = "p w/ä\"'x"  # what a connection string or a shell would have to quote
_SECONDS = 60


class Server:
    """A server with a folder of its own.

    Attributes:
        port: on 127.0.0.1; it stays the same when the server is started again.
    """

    def __init__(self, folder: Path):
        if shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin") is None:
            pytest.fail("needs MariaDB's server: apt install mariadb-server")
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        # Another user could not come through to the folder: pytest keeps its own for the one who runs it.
        self._as = [f"--user={getpass.getuser()}"]
        self._run(
            "mariadb-install-db", *self._as, f"--datadir={folder}/data", "--auth-root-authentication-method=normal"
        )
        self.start()
        quoted = PASSWORD.replace("'", "''")
        self._run(
            *("mariadb", "--no-defaults", "-uroot", f"--socket={folder}/socket", "-e"),
            f"create user {USER}@'127.0.0.1' identified by '{quoted}'; grant all on *.* to {USER}@'127.0.0.1'",
        )

    def url(self, database: str) -> str:
        """The address of a database, which need not be there yet."""
        return f"mysql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Starts the server, and waits until it answers."""
        options = [f"--datadir={self._folder}/data", f"--socket={self._folder}/socket", f"--port={self.port}"]
        with (self._folder / "server.log").open("a") as log:
            self._process = subprocess.Popen(
                ["/usr/sbin/mariadbd", "--no-defaults", *self._as, *options, "--bind-address=127.0.0.1"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until = time.monotonic() + _SECONDS
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                if time.monotonic() > until or self._process.poll() is not None:
                    pytest.fail(f"MariaDB does not start: {(self._folder / 'server.log').read_text()[-2000:]}")
                time.sleep(0.1)

    def kill(self) -> None:
        """Takes the server away, as a machine that fails does."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    @staticmethod
    def _run(*command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        assert done.returncode == 0, done.stderr
