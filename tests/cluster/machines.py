"""Machines of their own on this one: each a network namespace with an address, and a root folder that holds only what a
worker's machine has to have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
NETWORK = "10.213.0"
HERE = f"{NETWORK}.1"  # this machine's address in it
CODE, ENVIRONMENT = "/opt/turnstile", "/opt/environment"
_BRIDGE = "turnstile0"
_PACKAGES = ("turnstile", "serving", "components", "pipeline")

# The root of a machine: the system's programs, Python with the installed libraries, the project's packages, the storage
# that all machines see; no /work, no /root, a /tmp of its own.
_MOUNTS = """
mkdir -p "$0/proc" "$0/tmp"
mount -t proc proc "$0/proc"
mount -t tmpfs tmpfs "$0/tmp"
for given in $BOUND; do
  from=${given%%=*}; to=$0${given#*=}
  mkdir -p "$to"; mount --rbind "$from" "$to"
done
exec chroot "$0" /usr/bin/env -i PATH=/usr/bin:/usr/sbin HOME=/tmp LANG=C.UTF-8 TF_CPP_MIN_LOG_LEVEL=3 \\
  PYTHONPATH=/opt/turnstile sh -c 'cd /tmp && exec "$@"' sh "$@"
"""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class Network:
    """A bridge that machines are connected to; this machine is on it, too.

    Args:
        folder: for the roots of the machines.
        storage: the folder that all machines see, under its own path.
    """

    def __init__(self, folder: Path, storage: Path):
        self._folder, self.storage = folder, storage
        self._machines: list[Machine] = []
        self._code = folder / "code"
        for package in _PACKAGES:
            shutil.copytree(ROOT / package, self._code / package, ignore=shutil.ignore_patterns("__pycache__"))
        _ip("link", "add", _BRIDGE, "type", "bridge")
        _ip("address", "add", f"{HERE}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")

    def machine(self, name: str) -> Machine:
        """Adds a machine."""
        number = len(self._machines) + 2
        found = Machine(f"turnstile-{name}", f"{NETWORK}.{number}", self._folder / name, self._bound())
        self._machines.append(found)
        return found

    def _bound(self) -> dict[str, str]:
        system = {f"/{name}": f"/{name}" for name in ("usr", "etc", "dev")}
        python = {sys.base_prefix: sys.base_prefix, sys.prefix: ENVIRONMENT}
        return system | python | {str(self._code): CODE, str(self.storage): str(self.storage)}

    def close(self) -> None:
        """Takes all machines away."""
        for machine in self._machines:
            machine.close()
        _ip("link", "delete", _BRIDGE)


class Machine:
    """A machine.

    Attributes:
        address: its own in the network.
        log: what its programs have printed.
    """

    def __init__(self, name: str, address: str, root: Path, bound: dict[str, str]):
        self.address, self._name, self._root, self._bound = address, name, root, bound
        self.log = root.with_suffix(".log")
        self._started: list[subprocess.Popen] = []
        root.mkdir()
        for link in ("bin", "lib", "lib64", "sbin"):
            (root / link).symlink_to(f"usr/{link}")
        link = f"t{address.rpartition('.')[2]}"
        _ip("netns", "add", name)
        _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", link, "master", _BRIDGE, "up")
        for words in (f"address add {address}/24 dev eth0", "link set eth0 up", "link set lo up"):
            _ip("-netns", name, *words.split())

    def start(self, *command: str, bound: dict[str, str] | None = None) -> subprocess.Popen:
        """Starts a program in the machine.

        Args:
            command: its words.
            bound: folders that only this program sees, and where.
        """
        mounts = " ".join(f"{place}={seen}" for place, seen in (self._bound | (bound or {})).items())
        isolated = ["ip", "netns", "exec", self._name, "unshare", "--mount", "--pid", "--fork", "--kill-child"]
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [*isolated, "sh", "-ec", _MOUNTS, str(self._root), *command],
                env=os.environ | {"BOUND": mounts}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._started.append(process)
        return process

    def pids(self, words: str) -> list[int]:
        """Returns the processes in the machine whose command line has these words."""
        listed = subprocess.run(["ip", "netns", "pids", self._name], capture_output=True, text=True, check=True)
        return [pid for pid in map(int, listed.stdout.split()) if words in _command_line(pid)]

    def close(self) -> None:
        """Ends its programs, and removes its network."""
        for process in self._started:
            process.kill()  # and by --kill-child, all that runs in its namespace of processes
            process.wait()
        _ip("netns", "delete", self._name)


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
