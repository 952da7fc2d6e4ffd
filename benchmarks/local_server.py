"""`turnstile serve` as a process of its own, on free ports, and the model to serve by it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serving.releases.version_folders import versions


def newest_model(folder: Path = Path("serving_model/taxi")) -> Path:
    """Returns the newest pushed taxi model."""
    found = versions(folder)
    if not found:
        raise SystemExit(f"no version in {folder}; push one: make run")
    return found[-1]


@contextmanager
def local_server(serving_dir: Path, *options: str) -> Iterator[tuple[str, str]]:
    """Serves a folder; gives the model's REST URL, and the gRPC target."""
    ports = ["--port", "0", "--rest-api-port", "0", "--local"]
    command = [
        sys.executable,
        "-m",
        "pipeline.commands.main",
        "serve",
        "--serving-dir",
        str(serving_dir),
        *ports,
        *options,
    ]
    log = serving_dir / "serve.log"
    with log.open("w") as file, subprocess.Popen(command, stderr=file) as process:
        try:
            yield _addresses(process, log)
        finally:
            process.terminate()


def _addresses(process: subprocess.Popen, log: Path) -> tuple[str, str]:
    while process.poll() is None:
        if found := re.search(r"REST on (\S+), gRPC on (\S+)\n", log.read_text()):
            return found[1], found[2]
    raise SystemExit(f"the server did not start: {log.read_text()}")
