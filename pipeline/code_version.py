"""A fingerprint of our own stages' source, so that an edited stage runs again instead of answering from cache."""

from __future__ import annotations

import hashlib
from pathlib import Path

_ROOT = Path(__file__).parent.parent


def code_version(*modules: str) -> str:
    """Returns a hash of the source files of `modules`, such as "components.model".

    TFX hashes the file of a `module_file`; a stage named by its dotted path it takes as unchanged.
    """
    digest = hashlib.sha256()
    for module in modules:
        digest.update((_ROOT / f"{module.replace('.', '/')}.py").read_bytes())
    return digest.hexdigest()[:16]
