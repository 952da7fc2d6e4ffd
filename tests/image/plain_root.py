"""A stage of an image without Docker: files in a folder, and commands that run in it as they would in a container."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

# What lets package installers reach their registries from here, if this machine needs anything set for it.
_NETWORK = re.compile(r"(PIP_|UV_|SSL_|REQUESTS_|CURL_CA|HTTPS?_PROXY|NO_PROXY)", re.IGNORECASE)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Namespaces of its own: nothing stays mounted, and the command is process 1, which ends with all that it has started.
_APART = ["unshare", "--mount", "--pid", "--fork"]
_MOUNTS = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev"'


def network() -> dict[str, str]:
    """Returns the variables that package installers need here to reach their registries."""
    return {key: value for key, value in os.environ.items() if _NETWORK.match(key)}


@dataclass
class Stage:
    """A stage as far as it has been built: its files, and what holds for the instructions that follow."""

    root: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    args: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def run(self, command: list[str], timeout: float = 1800, online: bool = False) -> subprocess.CompletedProcess[str]:
        """Runs a command in the root, as its user, to its end."""
        outside = self._outside(command, network() if online else {})
        return subprocess.run(outside, capture_output=True, text=True, timeout=timeout)

    def start(self, command: list[str], timeout: float = 1800) -> subprocess.CompletedProcess[str]:
        """Runs a command as `docker run IMAGE COMMAND` does."""
        return self.run([*self.entrypoint, *command], timeout)

    def detach(self, command: list[str], log: IO[str]) -> Container:
        """Starts a command as `docker run --detach IMAGE COMMAND` does; what it says is written into `log`."""
        return Container(subprocess.Popen(self._outside([*self.entrypoint, *command], {}), stdout=log, stderr=log))

    def _outside(self, command: list[str], given: dict[str, str]) -> list[str]:
        """The command that runs `command` in the root."""
        passed = {k: f"/network{v}" if Path(v).is_file() else v for k, v in given.items()}
        uid, gid = self.user.split(":")
        home = {"HOME": "/root" if uid == "0" else "/home/turnstile"}
        variables = [f"{k}={v}" for k, v in {**passed, **home, **self.args, **self.env}.items()]
        inside = ["env", "-i", *variables, "sh", "-c", 'cd "$0" && exec "$@"', self.workdir, *command]
        identity = [f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--pdeathsig=KILL"]
        script = f'{_MOUNTS} && exec chroot "$0" setpriv {shlex.join(identity)} "$@"'
        return [*_APART, "sh", "-c", script, str(self.root), *inside]


@dataclass
class Container:
    """A command that runs in a stage. `unshare` is its parent, and ends with it."""

    parent: subprocess.Popen[bytes]

    def send(self, number: int) -> None:
        """Sends a signal to the command, as `docker stop` and `docker kill` do: it is process 1 of its namespace."""
        os.kill(int(Path(f"/proc/{self.parent.pid}/task/{self.parent.pid}/children").read_text()), number)

    def wait(self, seconds: float) -> int:
        """Waits for the command's end; returns its exit code."""
        return self.parent.wait(seconds)
