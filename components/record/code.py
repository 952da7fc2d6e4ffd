"""Which code ran: the commit of the project's checkout, and whether its source has been changed since."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from turnstile.source_imports import PACKAGES, ROOT

_SECONDS = 10  # that git may take; it takes hundredths of one


def here(root: Path = ROOT) -> dict[str, Any] | None:
    """Returns the commit, and whether a file of the packages differs from it; None where there is no git or checkout.

    Args:
        root: the folder that the packages are in. One that only lies in a checkout of something else, as a virtual
            environment may, is none.
    """
    top, commit = _git(root, "rev-parse", "--show-toplevel"), _git(root, "rev-parse", "HEAD")
    if not commit or not top or Path(top).resolve() != root.resolve():
        return None
    return {"commit": commit, "dirty": bool(_git(root, "status", "--porcelain", "--", *PACKAGES))}


def _git(root: Path, *arguments: str) -> str | None:
    """Returns what git prints; None if it fails or is not there."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
