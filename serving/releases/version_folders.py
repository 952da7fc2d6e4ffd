"""The versions of a model in the folder that TensorFlow Serving watches."""

from __future__ import annotations

from pathlib import Path

# TensorFlow Serving's versions are of this type; a folder with a larger number is none to it.
_LARGEST = 2**63 - 1


def is_version(name: str) -> bool:
    """Says whether a folder of this name is a version: digits of ASCII, which are at most the largest int64."""
    return name.isascii() and name.isdecimal() and int(name) <= _LARGEST


def versions(serving_dir: Path) -> list[Path]:
    """Returns the folders of the versions in `serving_dir` (<serving dir>/<model name>), oldest first."""
    found = [path for path in serving_dir.glob("*") if is_version(path.name) and path.is_dir()]
    return sorted(found, key=lambda path: int(path.name))
