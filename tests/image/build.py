"""Carries out a Dockerfile without Docker: its own RUN and COPY lines, in roots that debootstrap makes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.image.dockerfile import context, expand, instructions, stages
from tests.image.plain_root import Stage, network

# Beam's image cannot be had here; the stand-in says how it was called.
_BOOT = '#!/bin/sh\necho "boot $*"\n'


class Build:
    """A build of one Dockerfile, up to its last stage.

    Args:
        folder: the folder that is given to `docker build`.
        dockerfile: the Dockerfile in it.
        under: a folder for the roots, which the caller removes.
        images: images that are there already, by their tags.
        **arguments: values for its ARG lines.
    """

    def __init__(
        self, folder: Path, dockerfile: Path, under: Path, images: Mapping[str, Stage] | None = None, **arguments: str
    ) -> None:
        self.folder, self.under, self.arguments = folder, under, arguments
        self.images = dict(images or {})
        self.sent = context(folder, dockerfile)
        self.lines = stages(instructions((folder / dockerfile).read_text()), arguments)
        self.built: dict[str, Stage] = {}

    def build(self) -> Stage:
        """Builds the last stage, and those it needs."""
        return self._stage(next(reversed(self.lines)))

    def _stage(self, name: str) -> Stage:
        if name not in self.built:
            image = self.lines[name][0][2]
            parent = self._stage(image) if image in self.lines else self._image(image)
            stage = replace(parent, root=self.under / f"stage-{name}", env=dict(parent.env), args={})
            subprocess.run(["cp", "--archive", "--reflink=auto", parent.root, stage.root], check=True)
            for what, flags, rest in self.lines[name][1:]:
                if source := flags.get("from"):
                    self._stage(source)
                getattr(self, f"_{what.lower()}")(stage, flags, rest)
            self.built[name] = stage
        return self.built[name]

    def _image(self, tag: str) -> Stage:
        """An image that is there; else Debian's by debootstrap, or Beam's with a stand-in for its worker's program."""
        if tag not in self.images:
            root = self.under / tag.replace("/", "-").replace(":", "-")
            (_beam if tag.startswith("apache/beam") else _debian)(tag, root)
            self.images[tag] = Stage(root)
        return self.images[tag]

    def _run(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        done = stage.run(["/bin/sh", "-c", rest], online=True)
        assert done.returncode == 0, f"RUN {rest}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"

    def _copy(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        *sources, target = rest.split()
        place = stage.root / str(Path(stage.workdir) / target)[1:]
        for source in sources:
            from_ = self.built[flags["from"]].root / source[1:] if "from" in flags else self.folder / source
            assert "from" in flags or source in self.sent, f"COPY {source}: .dockerignore leaves it out"
            to = place / from_.name if target.endswith("/") else place
            to.parent.mkdir(parents=True, exist_ok=True)
            if "from" in flags or from_.is_file():
                subprocess.run(["cp", "--archive", "--no-target-directory", from_, to], check=True)
            else:
                self._copy_sent(source, to)
            if "chmod" in flags:
                to.chmod(int(flags["chmod"], 8))
            if "chown" in flags:
                subprocess.run(["chown", "--recursive", flags["chown"], to], check=True)

    def _copy_sent(self, folder: str, to: Path) -> None:
        for path in sorted(p for p in self.sent if p.startswith(f"{folder}/") and (self.folder / p).is_file()):
            target = to / Path(path).relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / path, target)

    def _env(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        stage.env |= dict(pair.split("=", 1) for pair in expand(rest, stage.env).split())

    def _arg(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        key, _, default = rest.partition("=")
        stage.args[key] = self.arguments.get(key, default)

    def _workdir(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        stage.workdir = rest
        (stage.root / rest[1:]).mkdir(parents=True, exist_ok=True)

    def _user(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        stage.user = rest

    def _entrypoint(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        stage.entrypoint = json.loads(rest)

    def _cmd(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        stage.command = json.loads(rest)

    def _expose(self, stage: Stage, flags: dict[str, str], rest: str) -> None:
        """Says something to people only: Docker publishes the ports that it is told to."""


def _beam(tag: str, root: Path) -> None:
    boot = root / "opt/apache/beam/boot"
    boot.parent.mkdir(parents=True)
    boot.write_text(_BOOT)
    boot.chmod(0o755)


def _debian(tag: str, root: Path) -> None:
    suite = re.fullmatch(r"debian:(\w+)-slim", tag)[1]
    subprocess.run(["debootstrap", "--variant=minbase", suite, root], check=True, capture_output=True, timeout=900)
    for file in ("/etc/resolv.conf", "/etc/hosts"):
        shutil.copy(file, root / file[1:])
    for file in filter(os.path.isfile, network().values()):  # apart: a package may write its own to the same path
        place = root / f"network{file}"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
