"""What is done with whole folders, each of which may be on this machine or in an object store."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from turnstile.places import Place
from turnstile.store_path import StorePath


def names_below(folder: Place) -> list[str]:
    """Returns the names of all files below a folder, such as `variables/variables.index`."""
    if isinstance(folder, StorePath):
        return sorted(folder.below())
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def bytes_below(folder: Place) -> int:
    """Returns the size of all files below a folder."""
    if isinstance(folder, StorePath):
        return sum(stat.st_size for stat in folder.below().values())
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_symlink() or not file.is_dir())


def copy(folder: Place, target: Place, without: str = "") -> None:
    """Copies the files below a folder.

    Args:
        folder: what is copied.
        target: the copy, which is not there yet.
        without: the name of a folder in it that is left out.
    """
    for name in names_below(folder):
        if not without or not name.startswith(f"{without}/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            _copy_file(folder / name, target / name)


def _copy_file(file: Place, target: Place) -> None:
    if isinstance(file, Path) and isinstance(target, Path):
        shutil.copyfile(file, target)  # without having all of it in memory
    else:
        target.write_bytes(file.read_bytes())


def remove(folder: Place) -> None:
    """Removes a folder with all below it."""
    if isinstance(folder, StorePath):
        folder.remove()
    else:
        shutil.rmtree(folder)


@contextmanager
def on_this_machine(folder: Place) -> Iterator[Path]:
    """Gives a path of a folder to those who read no store: its own, or that of a copy, which is removed at the end."""
    if isinstance(folder, Path):
        yield folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch) / folder.name
        copy(folder, here)
        yield here
