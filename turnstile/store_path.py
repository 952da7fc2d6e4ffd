"""An address in an object store, gs:// or s3://, with what of pathlib.Path those need who read data or artifacts.

Arrow's own file systems do the work, with the credentials that the environment has for each store's usual clients. A
store has no folders: there is one if the address of an object begins with its name.
"""

from __future__ import annotations

import functools
import io
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePath, PurePosixPath
from typing import IO, Any, NamedTuple

from turnstile import csv_dialect, stores
from turnstile.stores import StoreError

# Bytes of a CSV file that are asked for at a time: a block, as those read it who divide a file among them. What is read
# ahead of that is read in vain.
_AHEAD = 1 << 20
# What of an object changes with its content: Google's MD5, which a composed object lacks, or else its generation;
# Amazon's ETag.
_MARKS = ("md5Hash", "generation", "ETag")


class Stat(NamedTuple):
    """The size of an object in bytes, and when it was written, in nanoseconds since 1970; the names are Path.stat's."""

    st_size: int
    st_mtime_ns: int

    @property
    def st_mtime(self) -> float:
        """The same in seconds."""
        return self.st_mtime_ns / 1e9

    @property
    def st_ctime(self) -> float:
        """When anything of the object was changed: when it was written, for it is only ever written as a whole."""
        return self.st_mtime


@dataclass(frozen=True, order=True)
class StorePath:
    """The address of an object, or of a folder of them. What has the name of a method of pathlib.Path does the same.

    Every method that asks the store raises StoreError if it does not answer, or says no.

    Attributes:
        address: scheme, bucket and path, without a slash at the end.
        told: what a listing told of the object; None to ask when it is needed.
    """

    address: str
    told: Stat | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return self.address

    def __truediv__(self, name: str | PurePath) -> StorePath:
        return StorePath(f"{self.address}/{name}")

    @property
    def name(self) -> str:
        """The part after the last slash."""
        return self.address.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The ending of the name."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> StorePath:
        """The folder that it is in."""
        return StorePath(self.address.rpartition("/")[0])

    @property
    def parts(self) -> tuple[str, ...]:
        """The bucket's address, and each folder's and the object's name."""
        return (f"{self._scheme}://{self._bucket}", *self._key.split("/")[1:])

    def resolve(self) -> StorePath:
        """Returns itself, for an address is absolute."""
        return self

    absolute = resolve

    def exists(self) -> bool:
        """Says whether there is an object, or a folder of objects."""
        return self.is_file() or self.is_dir()

    def is_file(self) -> bool:
        """Says whether there is an object."""
        return self._stat is not None

    def is_dir(self) -> bool:
        """Says whether there is a folder of objects, or of folders, and no object."""
        return not self.is_file() and bool(self._there or self._listed(recursive=True))

    def stat(self) -> Stat:
        """Returns the size of an object, and when it was written."""
        if self._stat is None:
            raise StoreError(f"{self.address}: is not there. Write it again, or correct the address")
        return self._stat

    def mark(self) -> str:
        """Returns what the store says of an object's content, which is another for another content."""
        with stores.asking(self.address), self._store.open_input_file(self._key) as file:
            said = file.metadata()
        return next(f"{name} {said[name].decode()}" for name in _MARKS if said.get(name))

    def open(self, mode: str = "rb") -> IO[bytes]:
        """Opens an object to be read; `mode` is "rb", and there for the sake of Path.open."""
        with stores.asking(self.address):
            file: Any = stores.reading(self.address, self._store.open_input_file(self._key))
        # A reader of Parquet asks for the pieces of a file that it wants, of a size that it wants.
        return file if csv_dialect.ending(self.name) == csv_dialect.PARQUET else io.BufferedReader(file, _AHEAD)

    def read_bytes(self) -> bytes:
        """Returns what an object holds."""
        with self.open() as file:
            return file.read()

    def read_text(self) -> str:
        """Returns the text that an object holds."""
        return self.read_bytes().decode()

    def write_bytes(self, content: bytes) -> None:
        """Writes an object. Whoever reads it meanwhile finds it whole: as it was, or as it is now."""
        with stores.asking(self.address, "written"), self._store.open_output_stream(self._key) as file:
            file.write(content)

    def write_text(self, text: str) -> None:
        """Writes an object that holds a text."""
        self.write_bytes(text.encode())

    def touch(self) -> None:
        """Writes an object that holds nothing."""
        self.write_bytes(b"")

    def mkdir(self, parents: bool = True, exist_ok: bool = True) -> None:
        """Does nothing: a folder is there as soon as an object is in it."""

    def is_relative_to(self, other: object) -> bool:
        """Says whether it is a folder, or in it."""
        return f"{self}/".startswith(f"{other}/")

    def relative_to(self, other: object) -> PurePosixPath:
        """Returns what is left of the address below a folder."""
        return PurePosixPath(self.address.removeprefix(f"{other}").lstrip("/"))

    def glob(self, pattern: str) -> list[StorePath]:
        """Returns the objects below this folder that have a name of a pattern."""
        return self.matching(pattern, hidden=True)

    def below(self) -> dict[str, Stat]:
        """Returns what a listing tells of all objects below this folder, by their names, as `folder/object`."""
        return self._listed(recursive=True)

    def remove(self) -> None:
        """Removes all objects below this folder, and so the folder."""
        # Not every client makes the object that stands for a folder, and Arrow looks for it when all else is removed.
        with stores.asking(self.address, "removed"), suppress(FileNotFoundError):
            self._store.delete_dir(self._key)

    def matching(self, pattern: str, hidden: bool = False) -> list[StorePath]:
        """Returns the objects below this folder that have a name of a pattern, in name order; as `glob`."""
        first, *others = pattern.split("/")
        if not set(first) & set("*?["):
            below = self / first
            return below.matching("/".join(others), hidden) if others else [below][: below.is_file()]
        listed = self._there if not others else self._listed(recursive=True)
        return [
            StorePath(f"{self.address}/{name}", told) for name, told in sorted(listed.items())
            if _is_named(name, pattern, hidden)
        ]  # fmt: skip

    @property
    def _scheme(self) -> str:
        return self.address.partition("://")[0]

    @property
    def _key(self) -> str:
        return self.address.partition("://")[2]

    @property
    def _bucket(self) -> str:
        return self._key.partition("/")[0]

    @property
    def _store(self) -> Any:
        return stores.file_system(self._scheme, self._bucket)

    @functools.cached_property
    def _stat(self) -> Stat | None:
        if self.told:
            return self.told
        with stores.asking(self.address):
            return _stat(self._store.get_file_info(self._key))

    @functools.cached_property
    def _there(self) -> dict[str, Stat]:
        """The objects in this folder, without those in folders below."""
        return self._listed(recursive=False)

    def _listed(self, recursive: bool) -> dict[str, Stat]:
        from pyarrow import fs

        with stores.asking(self.address):
            found = self._store.get_file_info(fs.FileSelector(self._key, allow_not_found=True, recursive=recursive))
        return {info.path[len(self._key) + 1 :]: told for info in found if (told := _stat(info))}


def _stat(info: Any) -> Stat | None:
    """Returns what Arrow says of an object; None for a folder, and for what is not there."""
    return Stat(info.size, info.mtime_ns) if info.is_file else None


def _is_named(name: str, pattern: str, hidden: bool) -> bool:
    names, patterns = name.split("/"), pattern.split("/")
    return len(names) == len(patterns) and all(
        fnmatchcase(part, wanted) and (hidden or not part.startswith(".") or wanted.startswith("."))
        for part, wanted in zip(names, patterns, strict=True)
    )
