"""The versions of a model in the folder that TensorFlow Serving watches."""

from __future__ import annotations

from pathlib import Path

from turnstile.errors import UsageError

# TensorFlow Serving's versions are of this type; a folder with a larger number is none to it.
LARGEST = 2**63 - 1
GOING = ".removed-"  # begins the name of a folder that is no version; gc removes those that are left


def is_version(name: str) -> bool:
    """Says whether a folder of this name is a version: digits of ASCII, which are at most the largest int64.

    Zeros may come first, as in TensorFlow Serving's own examples: 00000123 is the version 123.
    """
    return name.isascii() and name.isdecimal() and int(name) <= LARGEST


def versions(serving_dir: Path) -> list[Path]:
    """Returns a folder for each version in `serving_dir` (<serving dir>/<model name>), oldest first.

    Of two folders of the same number it is the one with the shorter name.
    """
    return [folders[0] for folders in _by_number(serving_dir).values()]


def version_folder(serving_dir: Path, number: int) -> Path:
    """Returns the folder of a version, whatever zeros its name begins with; where it would be, if it is not there."""
    return _by_number(serving_dir).get(number, [serving_dir / str(number)])[0]


def same_number(serving_dir: Path) -> dict[int, list[Path]]:
    """Returns all folders of each version that has more than one, such as 123 and 00000123.

    TensorFlow Serving loads one of them, that which its file system lists last; nobody can say which that is.
    """
    return {number: folders for number, folders in _by_number(serving_dir).items() if len(folders) > 1}


def check_next(serving_dir: Path) -> None:
    """Raises UsageError if no number is left for the next version, which must be above those that are there."""
    newest = versions(serving_dir)[-1:]
    if newest and int(newest[0].name) == LARGEST:
        raise UsageError(
            f"{newest[0]}: no version can have a higher number, so that nothing can be pushed after it. "
            "Give this folder another number, or remove it"
        )


def _by_number(serving_dir: Path) -> dict[int, list[Path]]:
    found: dict[int, list[Path]] = {}
    for path in sorted(serving_dir.glob("*"), key=lambda path: len(path.name)):
        if is_version(path.name) and path.is_dir():
            found.setdefault(int(path.name), []).append(path)
    return dict(sorted(found.items()))
