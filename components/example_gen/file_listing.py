"""Lists the files that a pattern stands for: hidden ones, folders of such names, and files of no bytes are skipped."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path

# Skipped files that a note names.
_NAMED = 5


@dataclass(frozen=True)
class Listed:
    """The files of a folder that a pattern stands for.

    Attributes:
        files: the files in name order.
        skipped: the others of such names, each with the reason.
    """

    files: tuple[Path, ...]
    skipped: tuple[tuple[Path, str], ...] = ()

    def note(self) -> str | None:
        """Says in one line which files were skipped; None if none were."""
        if not self.skipped:
            return None
        named = ", ".join(f"{path} ({reason})" for path, reason in self.skipped[:_NAMED])
        more = f" and {len(self.skipped) - _NAMED:,} more" if len(self.skipped) > _NAMED else ""
        return f"skipped {named}{more}"


def matching(folder: str | Path, pattern: str, hidden: bool = False) -> list[Path]:
    """Returns what has a name of a pattern, in name order.

    Args:
        folder: the folder; its name may have any character in it.
        pattern: the pattern of paths below the folder, with * and ?; other characters that mean something to `glob`
            are escaped.
        hidden: whether hidden files count.
    """
    # Not pathlib's: it has no root_dir, and its * matches hidden files.
    names = glob.glob(pattern, root_dir=folder, include_hidden=hidden)  # noqa: PTH207
    return [Path(folder, name) for name in sorted(names)]


def listed(folder: str | Path, pattern: str) -> Listed:
    """Lists the files of a folder on this machine; arguments as of `matching`."""
    found = {path: _no_file(path) for path in matching(folder, pattern)}
    empty = [path for path, reason in found.items() if not reason and not path.stat().st_size]
    if len(empty) < len([path for path, reason in found.items() if not reason]):
        found |= dict.fromkeys(empty, "empty")  # where all are, none is skipped, and the first is told
    reasons = dict.fromkeys(matching(folder, pattern, hidden=True), "hidden") | found
    skipped = tuple((path, reason) for path, reason in sorted(reasons.items()) if reason)
    return Listed(tuple(path for path, reason in found.items() if not reason), skipped)


def _no_file(path: Path) -> str:
    """Says what is no file; empty for what is one."""
    if path.is_dir():
        return "a folder"
    return "" if path.exists() else "a link to nowhere"


def escaped(path: str) -> str:
    """Returns a path with placeholders, * and ? as a pattern in which no other character means anything."""
    return path.replace("[", "[[]")
