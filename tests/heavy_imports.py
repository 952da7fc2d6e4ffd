"""Tells which test files load TensorFlow, TFX or Beam by being imported: those that `make test-fast` leaves out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from turnstile.source_imports import names

ROOT = Path(__file__).parent.parent
_OURS = ("turnstile", "serving", "components", "pipeline", "benchmarks", "tools", "tests")
_HEAVY = {"tensorflow", "tfx", "tfx_bsl", "apache_beam", "keras"}
_HEAVY |= {"tensorflow_data_validation", "tensorflow_transform", "tensorflow_model_analysis"}

_MESSAGES_ONLY = ("tfx.proto", "tensorflow.core")  # parts of them that load nothing else


@cache
def loads_them(file: Path) -> bool:
    """Says whether a file, or a file of ours that it imports, imports one of them; not what functions import later."""
    found = set(names(ast.parse(file.read_text()), later=False))
    if any(name.split(".")[0] in _HEAVY and not name.startswith(_MESSAGES_ONLY) for name in found):
        return True
    return any(loads_them(ours) for name in found for ours in _sources(name) if ours != file)


def _sources(name: str) -> Iterator[Path]:
    """Yields the files that importing a name runs: the module's own, and those of the packages it is in."""
    while name.split(".")[0] in _OURS:
        place = ROOT / name.replace(".", "/")
        yield from (file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file())
        name = name.rpartition(".")[0]
