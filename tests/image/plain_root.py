"""Carries out a Dockerfile without Docker: its own RUN and COPY lines, in roots that debootstrap makes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from docker.utils.build import exclude_paths

# What lets package installers reach their registries from here, if this machine needs anything set for it.
_NETWORK = re.compile(r"(PIP_|UV_|SSL_|REQUESTS_|CURL_CA|HTTPS?_PROXY|NO_PROXY)", re.IGNORECASE)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Beam's image cannot be had here; the stand-in says how it was called.
_BOOT = '#!/bin/sh\necho "boot $*"\n'


def _network() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if _NETWORK.match(key)}


def instructions(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Returns (name, flags, rest) for each instruction of a Dockerfile, continued lines joined."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = []
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        if line.strip():
            name, rest = line.split(maxsplit=1)
            flags = dict(re.findall(r"--(\w+)=(\S+)\s", rest)) if name == "COPY" else {}
            found.append((name, flags, re.sub(r"^(--\w+=\S+\s+)*", "", rest) if flags else rest))
    return found


def context(folder: Path, dockerfile: Path) -> set[str]:
    """Returns the files and folders of `folder` that Docker sends to the builder."""
    patterns = [p for p in (folder / ".dockerignore").read_text().splitlines() if p and not p.startswith("#")]
    return set(exclude_paths(str(folder), patterns, dockerfile=str(dockerfile)))


@dataclass
class Stage:
    """A stage as far as it has been built: its files, and what holds for the instructions that follow."""

    root: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    args: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)

    def run(self, command: list[str], timeout: float = 1800, network: bool = False) -> subprocess.CompletedProcess[str]:
        """Runs a command in the root, as its user, in a mount namespace of its own: nothing stays mounted."""
        passed = {k: f"/network{v}" if Path(v).is_file() else v for k, v in _network().items()} if network else {}
        uid, gid = self.user.split(":")
        home = {"HOME": "/root" if uid == "0" else "/home/turnstile"}
        variables = [f"{k}={v}" for k, v in {**passed, **home, **self.args, **self.env}.items()]
        inside = ["env", "-i", *variables, "sh", "-c", 'cd "$0" && exec "$@"', self.workdir, *command]
        identity = [f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        mounts = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev"'
        script = f'{mounts} && exec chroot "$0" setpriv {shlex.join(identity)} "$@"'
        outside = ["unshare", "--mount", "sh", "-c", script, str(self.root), *inside]
        return subprocess.run(outside, capture_output=True, text=True, timeout=timeout)

    def start(self, command: list[str], timeout: float = 1800) -> subprocess.CompletedProcess[str]:
        """Runs a command as `docker run IMAGE COMMAND` does."""
        return self.run([*self.entrypoint, *command], timeout)


class Build:
    """A build of one Dockerfile, up to its last stage, under a folder that the caller removes."""

    def __init__(self, folder: Path, dockerfile: Path, under: Path, **arguments: str) -> None:
        self.folder, self.under, self.arguments = folder, under, arguments
        self.sent = context(folder, dockerfile)
        self.lines = instructions((folder / dockerfile).read_text())
        self.stages: dict[str, Stage] = {}

    def build(self) -> Stage:
        """Builds the last stage, and those it needs."""
        stages = self._split()
        return self._built(next(reversed(stages)), stages)

    def _split(self) -> dict[str, list[tuple[str, dict[str, str], str]]]:
        """The instructions of each stage, by its name; global arguments are put into the FROM lines."""
        stages: dict[str, list] = {}
        name = ""
        for instruction in self.lines:
            if instruction[0] == "FROM":
                image, _, name = self._expand(instruction[2], self.arguments).partition(" AS ")
                name = name or "last"
                stages[name] = [("FROM", {}, image)]
            elif not stages:
                key, _, default = instruction[2].partition("=")
                self.arguments.setdefault(key, default)
            else:
                stages[name].append(instruction)
        return stages

    def _built(self, name: str, stages: dict[str, list]) -> Stage:
        if name not in self.stages:
            image = stages[name][0][2]
            parent = self._built(image, stages).root if image in stages else self._base(image)
            stage = Stage(self.under / f"stage-{name}")
            subprocess.run(["cp", "--archive", "--reflink=auto", parent, stage.root], check=True)
            for what, flags, rest in stages[name][1:]:
                if source := flags.get("from"):
                    self._built(source, stages)
                getattr(self, f"_{what.lower()}")(stage, flags, rest)
            self.stages[name] = stage
        return self.stages[name]

    def _base(self, image: str) -> Path:
        """A root for a base image: Debian's by debootstrap; Beam's with a stand-in for its worker's program."""
        root = self.under / image.replace("/", "-").replace(":", "-")
        if root.exists():
            return root
        if image.startswith("apache/beam"):
            boot = root / "opt/apache/beam/boot"
            boot.parent.mkdir(parents=True)
            boot.write_text(_BOOT)
            boot.chmod(0o755)
            return root
        suite = re.fullmatch(r"debian:(\w+)-slim", image)[1]
        subprocess.run(["debootstrap", "--variant=minbase", suite, root], check=True, capture_output=True, timeout=900)
        for file in ("/etc/resolv.conf", "/etc/hosts"):
            shutil.copy(file, root / file[1:])
        for file in filter(os.path.isfile, _network().values()):  # apart: a package may write its own to the same path
            place = root / f"network{file}"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, place)
        return root

    @staticmethod
    def _expand(text: str, variables: dict[str, str]) -> str:
        return re.sub(r"\$\{?(\w+)\}?", lambda found: variables.get(found[1], found[0]), text)

    def _run(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        done = stage.run(["/bin/sh", "-c", rest], network=True)
        assert done.returncode == 0, f"RUN {rest}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"

    def _copy(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        *sources, target = rest.split()
        place = stage.root / str(Path(stage.workdir) / target)[1:]
        for source in sources:
            from_ = self.stages[flags["from"]].root / source[1:] if "from" in flags else self.folder / source
            assert "from" in flags or source in self.sent, f"COPY {source}: .dockerignore leaves it out"
            to = place / from_.name if target.endswith("/") else place
            to.parent.mkdir(parents=True, exist_ok=True)
            if "from" in flags or from_.is_file():
                subprocess.run(["cp", "--archive", "--no-target-directory", from_, to], check=True)
            else:
                self._copy_sent(source, to)
            if "chmod" in flags:
                to.chmod(int(flags["chmod"], 8))

    def _copy_sent(self, folder: str, to: Path) -> None:
        for path in sorted(p for p in self.sent if p.startswith(f"{folder}/") and (self.folder / p).is_file()):
            target = to / Path(path).relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / path, target)

    def _env(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        stage.env |= dict(pair.split("=", 1) for pair in self._expand(rest, stage.env).split())

    def _arg(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        key, _, default = rest.partition("=")
        stage.args[key] = self.arguments.get(key, default)

    def _workdir(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        stage.workdir = rest
        (stage.root / rest[1:]).mkdir(parents=True, exist_ok=True)

    def _user(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        stage.user = rest

    def _entrypoint(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        stage.entrypoint = re.findall(r'"([^"]*)"', rest)

    def _cmd(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        """Only a default for whoever gives no command."""
