"""The digest of each file of a version: Pusher records them, and whoever uses the version later compares."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from serving.releases import release_record, signatures

KEY = "digests"  # in the record
_LEFT_OUT = {release_record.FILE, signatures.FILE}  # the record holds the digests; the signature comes after it


def of(version: Path) -> dict[str, str]:
    """Returns the SHA-256 of each file of a version, in hexadecimal digits, by the file's path in it.

    The record and the signature are left out. A link counts as a file, so that one that was added is found; where it
    leads to no file, its digest is "".
    """
    paths = sorted(path for path in version.rglob("*") if path.is_symlink() or not path.is_dir())
    names = [path.relative_to(version) for path in paths]
    return {name.as_posix(): _sha256(version / name) for name in names if name not in _LEFT_OUT}


def of_model(version: Path) -> str:
    """Returns one SHA-256 of a model: of the lines "path digest" of its files, those in assets.extra left out.

    What lies there says why a version was let through, so it differs where one model was pushed twice.
    """
    extra = f"{release_record.FILE.parent.as_posix()}/"
    lines = (f"{name} {digest}\n" for name, digest in of(version).items() if not name.startswith(extra))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256(file: Path) -> str:
    if not file.is_file():
        return ""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def differences(version: Path, recorded: Mapping[str, str]) -> list[str]:
    """Says of each file that differs from what was recorded whether it was changed, is missing, or was added."""
    found = of(version)
    words = {name: "was changed" for name in recorded if name in found and found[name] != recorded[name]}
    words |= {name: "is missing" for name in recorded if name not in found}
    words |= {name: "was added" for name in found if name not in recorded}
    return [f"{name} {what}" for name, what in sorted(words.items())]
