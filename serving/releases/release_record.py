"""Why a version was let through: release.json, which the Pusher writes into every version that it pushes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from turnstile.files import replace

# Beside the warm-up requests, in the folder of a SavedModel for what TensorFlow itself does not read.
FILE = Path("assets.extra") / "release.json"


def read(version: Path) -> dict[str, Any]:
    """Returns a version's record; empty if there is none, or if it cannot be read."""
    return read_file(version / FILE)


def read_file(file: Path) -> dict[str, Any]:
    """Returns the record in a file, such as that of a run; empty if there is none, or if it cannot be read."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(version: Path, record: dict[str, Any]) -> None:
    """Writes a version's record in one step, or replaces it."""
    (version / FILE).parent.mkdir(exist_ok=True)
    replace(version / FILE, json.dumps(record, indent=2) + "\n")
