"""The versions of a model in the folder that TensorFlow Serving watches."""

from __future__ import annotations

from pathlib import Path


def versions(serving_dir: Path) -> list[Path]:
    """Returns the folders of the versions in `serving_dir` (<serving dir>/<model name>), oldest first."""
    found = [path for path in serving_dir.glob("*") if path.is_dir() and path.name.isdecimal()]
    return sorted(found, key=lambda path: int(path.name))
