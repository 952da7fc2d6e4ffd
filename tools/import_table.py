"""Prints which folder imports which, as a table in Markdown: `python -m tools.import_table [PROJECT]`.

It reads the source of any checkout and imports nothing, so that two commits can be compared. An import that a function
makes later counts, one for a type checker does not. An arrow is upward if it leads to a package that stands later in
the order; it goes round if the other folder needs this one too, however many steps away.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from pathlib import Path

from turnstile.source_imports import PACKAGES, names

Arrows = dict[str, dict[str, int]]  # for each folder, how many imports lead to each other folder


def sources(root: Path) -> dict[str, Path]:
    """Returns the file of each module, by its dotted name."""
    files = (file for package in PACKAGES for file in sorted((root / package).rglob("*.py")))
    return {".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def module_of(name: str, modules: dict[str, Path]) -> str | None:
    """Returns the module that a dotted name leads to; None if it is none of the project's."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


def arrows(root: Path) -> Arrows:
    """Counts the imports between folders."""
    modules = sources(root)
    found: Arrows = {str(file.parent.relative_to(root)): defaultdict(int) for file in modules.values()}
    for file in modules.values():
        here = str(file.parent.relative_to(root))
        for name in names(ast.parse(file.read_text())):
            if (module := module_of(name, modules)) and (
                there := str(modules[module].parent.relative_to(root))
            ) != here:
                found[here][there] += 1
    return found


def reachable(folder: str, found: Arrows) -> set[str]:
    """Returns the folders that a folder needs, however many steps away."""
    seen: set[str] = set()
    todo = list(found[folder])
    while todo:
        if (other := todo.pop()) not in seen:
            seen.add(other)
            todo += found[other]
    return seen


def table(root: Path) -> str:
    """Returns the table, and a line that counts what runs the wrong way."""
    found = arrows(root)
    floor = {folder: PACKAGES.index(folder.split("/")[0]) for folder in found}
    upward = sum(n for a, others in found.items() for b, n in others.items() if floor[b] > floor[a])
    round_ = sorted(folder for folder in found if folder in reachable(folder, found))
    files = {folder: len(list((root / folder).glob("*.py"))) for folder in found}
    rows = [
        f"| {folder} | {files[folder]} | {', '.join(f'{b} {n}' for b, n in sorted(found[folder].items()))} |"
        for folder in sorted(found, key=lambda folder: (floor[folder], folder))
    ]
    lines = ["| folder | files | imports from |", "| --- | --- | --- |", *rows, ""]
    going_round = f"{len(round_)} ({', '.join(round_)})" if round_ else "none"
    return "\n".join([*lines, f"Imports that run upward: {upward}. Folders that need each other: {going_round}."])


if __name__ == "__main__":
    print(table(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
