"""Where data lies: a path on this machine, or an address in an object store; whoever reads it need not know which."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from turnstile.section import without
from turnstile.store_path import StorePath

Place = Path | StorePath

# What follows the scheme of an address. The first is a bucket, of which the name has no placeholders.
IN_STORE = r"[a-z0-9][a-z0-9._-]+(/[^/]+)*"
_ADDRESS = re.compile(rf"(gs|s3)://{IN_STORE}/?")


def is_address(path: str | Place) -> bool:
    """Says whether data lies in an object store."""
    return "://" in str(path)


def place(path: str | Place) -> Place:
    """Returns a path, or an address, in which `fault` finds nothing wrong, as what can be listed and opened."""
    if not isinstance(path, str):
        return path
    return StorePath(path.rstrip("/")) if is_address(path) else Path(path)


def for_arrow(path: str | Place) -> Any:
    """Returns what Arrow reads: the path of a file, which it opens faster than Python does, or an open object."""
    where = place(path)
    return where.open() if isinstance(where, StorePath) else where


def joined(parts: tuple[str, ...]) -> Place:
    """Returns the place that has these parts."""
    return place("/".join(parts)) if parts and is_address(parts[0]) else Path(*parts)


def correct(path: str | Place) -> str:
    """Says what to do about data that is not there."""
    if is_address(path):
        return "Correct the address. An object is also taken for absent if the credentials do not show it"
    return f"Correct the path; it is relative to where you run the command: {Path.cwd()}"


def fault(path: str) -> str:
    """Says why data cannot lie at a path or address; "" if it can."""
    if not is_address(path) or _ADDRESS.fullmatch(path):
        return ""
    return (
        f"'{path}' is no address that is read; expected gs://BUCKET/PATH or s3://BUCKET/PATH, or a path on this machine"
    )


DataPath = Annotated[str, without(fault)]
