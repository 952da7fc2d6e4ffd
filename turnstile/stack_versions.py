"""Which versions are installed: our own, Python's, and the stack's."""

from __future__ import annotations

import platform
from importlib import metadata

_SHOWN = (
    "turnstile",
    "tfx",
    "tensorflow",
    "keras",
    "tensorflow-data-validation",
    "tensorflow-transform",
    "tensorflow-model-analysis",
    "ml-metadata",
    "apache-beam",
)


def versions() -> dict[str, str]:
    """Returns version numbers by distribution, "absent" for one that is not installed."""
    return {name: _version(name) for name in _SHOWN} | {"python": platform.python_version()}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
