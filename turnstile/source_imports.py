"""Which modules of the project a module needs, read from their source: nothing is imported to find out."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

# The ground floor first; a module imports none of a later one.
PACKAGES = ("turnstile", "serving", "components", "pipeline")
ROOT = Path(__file__).parent.parent


def source(module: str) -> Path | None:
    """Returns the file of a module or package of the project; None for any other name."""
    if module.partition(".")[0] not in PACKAGES:
        return None
    place = ROOT / module.replace(".", "/")
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)


def closure(modules: Iterable[str]) -> set[str]:
    """Returns the modules, and those of the project that they need, however many steps away."""
    found: set[str] = set()
    todo = list(modules)
    while todo:
        module = todo.pop()
        if module not in found and (file := source(module)):
            found.add(module)
            todo += needed(file)
    return found


@cache
def needed(file: Path) -> frozenset[str]:
    """Returns the modules of the project that one file imports, or names in a string.

    A name in a string counts because TFX, TFMA and `python -m` are given modules by name.
    """
    texts = (node.value for node in ast.walk(_tree(file)) if isinstance(node, ast.Constant))
    named = (_module(text) for text in texts if isinstance(text, str) and "." in text)
    return imported(file).union(filter(None, named))


@cache
def imported(file: Path) -> frozenset[str]:
    """Returns the modules of the project that one file imports, at any time but for a type checker."""
    return frozenset(filter(None, map(_module, names(_tree(file)))))


def names(tree: ast.AST, later: bool = True) -> Iterator[str]:
    """Yields the dotted names that a module imports, but for those that only a type checker sees.

    Args:
        tree: the source of the module.
        later: whether the imports that a function makes when it is called count.
    """
    for node in _run(tree, later):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def _run(tree: ast.AST, later: bool) -> Iterator[ast.AST]:
    """Walks what is run, and leaves out the body of `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if later or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from _run(node, later)


def _module(name: str) -> str | None:
    """Returns the module that a dotted name leads to, which may go on to something in it; None if there is none."""
    while name.isascii() and all(part.isidentifier() for part in name.split(".")):
        if source(name):
            return name
        name = name.rpartition(".")[0]
    return None
