"""A fingerprint of source and other files, so that an edited one runs its stage again instead of the cache's answer."""

from __future__ import annotations

import hashlib
from pathlib import Path

from turnstile.stack_versions import versions

_ROOT = Path(__file__).parent.parent


def code_version(*modules: str, files: tuple[str, ...] = ()) -> str:
    """Returns a hash of the installed stack's versions, of the source of `modules`, and of the content of `files`.

    TFX's cache looks at artifacts, parameters and the names of executors; it takes code, and files that are named
    by a path, as unchanged.

    Args:
        modules: dotted names of our own modules, such as "components.trainer.model", or of packages.
        files: paths of other files.
    """
    digest = hashlib.sha256(repr(versions()).encode())
    for path in [*(source for module in modules for source in _sources(module)), *map(Path, files)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(module: str) -> list[Path]:
    place = _ROOT / module.replace(".", "/")
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
