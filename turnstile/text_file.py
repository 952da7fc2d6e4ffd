"""Writes what a command makes, where the user said."""

from __future__ import annotations

from pathlib import Path

from turnstile.errors import UsageError


def write(file: Path, text: str) -> None:
    """Writes a file, and makes its folder.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    except OSError as error:
        raise UsageError(f"{error.filename or file}: cannot be written ({error.strerror})") from error
