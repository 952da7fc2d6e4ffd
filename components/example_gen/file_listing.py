"""Lists the files that a pattern stands for: hidden ones, folders of such names, and files of no bytes are skipped."""

from __future__ import annotations

import glob
from dataclasses import dataclass

from turnstile.places import Place, place
from turnstile.store_path import StorePath

# Skipped files that a note names.
_NAMED = 5


@dataclass(frozen=True)
class Listed:
    """The files of a folder that a pattern stands for.

    Attributes:
        files: the files in name order.
        skipped: the others of such names, each with the reason.
    """

    files: tuple[Place, ...]
    skipped: tuple[tuple[Place, str], ...] = ()

    def note(self) -> str | None:
        """Says in one line which files were skipped; None if none were."""
        if not self.skipped:
            return None
        named = ", ".join(f"{path} ({reason})" for path, reason in self.skipped[:_NAMED])
        more = f" and {len(self.skipped) - _NAMED:,} more" if len(self.skipped) > _NAMED else ""
        return f"skipped {named}{more}"


def matching(folder: str | Place, pattern: str, hidden: bool = False) -> list[Place]:
    """Returns what has a name of a pattern, in name order.

    Args:
        folder: the folder; its name may have any character in it.
        pattern: the pattern of paths below the folder, with * and ?; other characters that mean something to `glob`
            are escaped.
        hidden: whether hidden files count.
    """
    where = place(folder)
    if isinstance(where, StorePath):
        return list(where.matching(pattern, hidden))
    # Not pathlib's: it has no root_dir, and its * matches hidden files.
    names = glob.glob(pattern, root_dir=where, include_hidden=hidden)  # noqa: PTH207
    return [where / name for name in sorted(names)]


def below(folder: str | Place, path: Place) -> str:
    """Returns the part of a path that is below a folder."""
    if isinstance(path, StorePath):
        return path.address.removeprefix(f"{folder}/")
    return str(path.relative_to(str(folder)))


def listed(folder: str | Place, pattern: str) -> Listed:
    """Lists the files of a folder; arguments as of `matching`."""
    found = {path: _no_file(path) for path in matching(folder, pattern)}
    empty = [path for path, reason in found.items() if not reason and not path.stat().st_size]
    if len(empty) < len([path for path, reason in found.items() if not reason]):
        found |= dict.fromkeys(empty, "empty")  # where all are, none is skipped, and the first is told
    reasons = dict.fromkeys(matching(folder, pattern, hidden=True), "hidden") | found
    skipped = tuple((path, reason) for path, reason in sorted(reasons.items()) if reason)
    return Listed(tuple(path for path, reason in found.items() if not reason), skipped)


def _no_file(path: Place) -> str:
    """Says what is no file; empty for what is one."""
    if path.is_dir():
        return "a folder"
    return "" if path.exists() else "a link to nowhere"


def escaped(path: str) -> str:
    """Returns a path with placeholders, * and ? as a pattern in which no other character means anything."""
    return path.replace("[", "[[]")
