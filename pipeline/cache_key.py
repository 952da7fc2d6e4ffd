"""What makes a stage run again that the cache would answer for: its code, the stack, and files that it is named.

TFX's cache looks at artifacts, parameters and the names of executors. It takes code, and files that are named by a
path, as unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from tfx.dsl.components.base import base_component, executor_spec

from turnstile import source_imports
from turnstile.stack_versions import versions

# How stages that run on Beam read examples, whoever wrote their executor.
_READING = "components.columnar_reading"
_LENGTH = 16  # hexadecimal digits: 64 bits


def add(node: base_component.BaseComponent, files: Iterable[Path] = ()) -> None:
    """Makes the code that a stage runs part of its cache key; its executor ignores the flag that carries it.

    Args:
        node: the stage.
        files: files whose content is part of the key, too.
    """
    node.executor_spec.add_extra_flags([f"--turnstile_code_version={digest(modules(node), files)}"])


def modules(node: base_component.BaseComponent) -> set[str]:
    """Returns the modules of the project that a stage runs: those of its executor, and of functions it is named."""
    starts = [node.executor_spec.executor_class.__module__]
    starts += [str(value).rpartition(".")[0] for value in node.exec_properties.values()]
    if isinstance(node.executor_spec, executor_spec.BeamExecutorSpec):
        starts.append(_READING)
    return source_imports.closure(starts)


def digest(names: Iterable[str], files: Iterable[Path] = ()) -> str:
    """Returns a hash of the versions of the stack, of the source of modules, and of the content of files."""
    found = hashlib.sha256(repr(versions()).encode())
    sources = (source_imports.source(name) for name in sorted(names))
    for path in [*filter(None, sources), *files]:
        found.update(path.read_bytes())
    return found.hexdigest()[:_LENGTH]
