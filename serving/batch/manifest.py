"""The manifest of a folder of answers: what was asked for, the version that answers, and what there is of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from turnstile import files
from turnstile.errors import UsageError
from turnstile.places import place
from turnstile.store_path import StorePath

NAME = "manifest.json"
UNFINISHED, DONE = "unfinished", "done"

_WORDS = {
    "input": "other input",
    "model": "another model",
    "keep": "other columns to keep (--keep)",
    "format": "another format (--format)",
    "shard_rows": "another number of rows a shard (--shard-rows)",
    "explain": "other explanations, or none (--explain)",
    "reading": "other null_values or another form of CSV in the config ([data])",
}


def digest(path: str) -> dict[str, Any]:
    """Says which file it is, wherever it lies: its name, its size in bytes, and its SHA-256.

    Of an object in a store, what the store says of its content stands for the SHA-256.
    """
    file = place(path)
    if isinstance(file, StorePath):
        return {"name": file.name, "bytes": file.stat().st_size, "content": file.mark()}
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    return {"name": file.name, "bytes": file.stat().st_size, "sha256": found}


def read(folder: Path) -> dict[str, Any]:
    """Returns the manifest of a folder; empty if there is none.

    Raises:
        UsageError: it cannot be read as one.
    """
    file = folder / NAME
    try:
        found = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read ({error}). Choose another folder: --out") from error
    if not isinstance(found, dict) or not found.keys() >= {"state", "asked", "model", "shards"}:
        raise UsageError(f"{file}: is not a manifest of turnstile batch. Choose another folder: --out")
    return found


def write(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Writes the manifest, whole."""
    files.replace(folder / NAME, json.dumps(manifest, indent=2) + "\n")


def check_same(folder: Path, manifest: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Checks that a folder holds the answers to what is asked now.

    Raises:
        UsageError: it was begun for something else; the message says in what they differ.
    """
    if differences := list(_differences(manifest["asked"], asked)):
        state = "an unfinished job" if manifest["state"] == UNFINISHED else "the answers"
        raise UsageError(
            f"{folder}: holds {state} for {' and '.join(differences)}. Type the command as it was; or choose another "
            "folder: --out"
        )


def _differences(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key, words in _WORDS.items():
        if earlier.get(key) != now[key]:
            yield words + (_shown(earlier.get(key)) if key != "input" else _input(earlier.get(key), now[key]))


def _shown(value: Any) -> str:
    return f", {json.dumps(value)}"


def _input(earlier: Any, now: Any) -> str:
    """Names the first file that is not as it was."""
    known = {file["name"]: file for file in earlier or ()}
    found = {file["name"]: file for file in now}
    for name in [*known, *found]:
        if known.get(name) != found.get(name):
            what = "was changed" if name in known and name in found else "is not there" if name in known else "is new"
            return f" ({name} {what})"
    return ""
