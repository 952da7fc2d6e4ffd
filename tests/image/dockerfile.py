"""Reads a Dockerfile: its instructions, and what of a folder Docker sends to the builder."""

from __future__ import annotations

import re
from pathlib import Path

from docker.utils.build import exclude_paths

Instruction = tuple[str, dict[str, str], str]


def instructions(text: str) -> list[Instruction]:
    """Returns (name, flags, rest) for each instruction of a Dockerfile, continued lines joined."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = []
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        if line.strip():
            name, rest = line.split(maxsplit=1)
            flags = dict(re.findall(r"--(\w+)=(\S+)\s", rest)) if name == "COPY" else {}
            found.append((name, flags, re.sub(r"^(--\w+=\S+\s+)*", "", rest) if flags else rest))
    return found


def stages(lines: list[Instruction], arguments: dict[str, str]) -> dict[str, list[Instruction]]:
    """Returns the instructions of each stage by its name.

    Args:
        lines: all instructions.
        arguments: values for the ARG lines before the first FROM, which the FROM lines name.
    """
    found: dict[str, list[Instruction]] = {}
    given: dict[str, str] = {}
    name = ""
    for what, flags, rest in lines:
        if what == "FROM":
            image, _, name = expand(rest, given).partition(" AS ")
            name = name or "last"
            found[name] = [(what, flags, image)]
        elif not found:
            key, _, default = rest.partition("=")
            given[key] = arguments.get(key, default)
        else:
            found[name].append((what, flags, rest))
    return found


def expand(text: str, variables: dict[str, str]) -> str:
    """Puts variables into a text, where it names them as a shell does; leaves the names of others."""
    return re.sub(r"\$\{?(\w+)\}?", lambda found: variables.get(found[1], found[0]), text)


def context(folder: Path, dockerfile: Path) -> set[str]:
    """Returns the files and folders of `folder` that Docker sends to the builder.

    Args:
        folder: the folder that is given to `docker build`.
        dockerfile: the Dockerfile in it. What is named like it and ends in .dockerignore stands for .dockerignore.
    """
    own = folder / f"{dockerfile}.dockerignore"
    ignore = own if own.exists() else folder / ".dockerignore"
    patterns = [p for p in ignore.read_text().splitlines() if p and not p.startswith("#")]
    return set(exclude_paths(str(folder), patterns, dockerfile=str(dockerfile)))
