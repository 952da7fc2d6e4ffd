"""A hostile table: a data set's files and the config of a run on them, small enough to read in a failure's report."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet


@dataclass(frozen=True)
class Parquet:
    """A Parquet file's columns, each a name, Arrow's type and its values."""

    columns: tuple[tuple[str, pa.DataType, list], ...]

    def write(self, path: Path) -> None:
        arrays = [pa.array(values, type_) for _, type_, values in self.columns]
        parquet.write_table(pa.Table.from_arrays(arrays, [name for name, _, _ in self.columns]), path)


@dataclass(frozen=True)
class Case:
    """One table and the config of a run on it.

    Attributes:
        files: their content by path, relative to the folder that the commands run in; None is a folder.
        config: the text of config.toml there.
        whole: whether a run that the data gate lets through goes on to the end.
        traits: what is remarkable about it, in words.
    """

    files: dict[str, Any]
    config: str
    whole: bool = False
    traits: tuple[str, ...] = ()

    def write(self, folder: Path) -> None:
        """Makes the files of the case."""
        (folder / "config.toml").write_text(self.config, encoding="utf-8")
        for name, content in self.files.items():
            path = folder / name
            if content is None:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Parquet):
                content.write(path)
            else:
                path.write_bytes(content)

    def wholly(self) -> Case:
        """Returns the same, to be run to the end."""
        return dataclasses.replace(self, whole=True)
