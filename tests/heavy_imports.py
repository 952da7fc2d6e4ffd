"""Tells which test files load TensorFlow, TFX or Beam by being imported: those that `make test-fast` leaves out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
_OURS = ("turnstile", "serving", "components", "pipeline", "benchmarks", "tools", "tests")
_HEAVY = {"tensorflow", "tfx", "tfx_bsl", "apache_beam", "keras"}
_HEAVY |= {"tensorflow_data_validation", "tensorflow_transform", "tensorflow_model_analysis"}

_MESSAGES_ONLY = ("tfx.proto", "tensorflow.core")  # parts of them that load nothing else


@cache
def loads_them(file: Path) -> bool:
    """Says whether a file, or a file of ours that it imports, imports one of them; not what functions import later."""
    names = set(_imported(ast.parse(file.read_text())))
    if any(name.split(".")[0] in _HEAVY and not name.startswith(_MESSAGES_ONLY) for name in names):
        return True
    return any(loads_them(found) for name in names if (found := _source(name)) and found != file)


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _imported(node)


def _source(name: str) -> Path | None:
    if name.split(".")[0] not in _OURS:
        return None
    place = ROOT / name.replace(".", "/")
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)
