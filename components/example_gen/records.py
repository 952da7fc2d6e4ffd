"""Writes examples as gzipped TFRecord files, and their columns, which appear only when all of them are whole."""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import tensorflow as tf
from tfx.dsl.io import fileio

from components.example_columns import ColumnsWriter, path_beside

# The name that TFX's own ExampleGens give, and the suffix by which readers know the compression.
_NAME = "data_tfrecord-{:05d}-of-{:05d}.gz"
# Of the default, 6, it takes less than half the time to write, and no longer to read; files are a third larger.
_LEVEL = 1


@dataclass(frozen=True)
class Written:
    """A file that is whole, but not yet where it is looked for.

    Attributes:
        split: the position of the split it belongs to.
        order: where it stands among the split's files.
        path: where it is.
        columns: where the columns of its rows are; None if they are not written.
    """

    split: int
    order: tuple[str, int]
    path: str
    columns: str | None = None


class Writers(contextlib.ExitStack):
    """The files that are written to, open until the `with` ends.

    Args:
        files: a file for each split.
        empty: the columns that have no value in any row.
    """

    def __init__(self, files: Sequence[Written], empty: Collection[str] = ()):
        super().__init__()
        self._records = [self.enter_context(_record_writer(file.path)) for file in files]
        self._columns = [
            self.enter_context(ColumnsWriter(file.columns, empty)) if file.columns else None for file in files
        ]

    def write(self, features: pa.RecordBatch, examples: Sequence[bytes], splits: Sequence[int]) -> None:
        """Writes rows.

        Args:
            features: a column of lists for each feature.
            examples: the same rows as serialized tf.Examples.
            splits: the position of the split of each row.
        """
        write = [writer.write for writer in self._records]
        for example, split in zip(examples, splits, strict=True):
            write[split](example)
        for split, columns in enumerate(self._columns):
            own = np.asarray(splits) == split
            if columns and own.any():
                columns.write(features.filter(pa.array(own)), examples[int(own.argmax())])


def _record_writer(path: str) -> tf.io.TFRecordWriter:
    options = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=_LEVEL)
    return tf.io.TFRecordWriter(path, options=options)


def publish(written: Iterable[Written], folders: Sequence[str]) -> None:
    """Moves each split's files into its folder, numbered in order; a split without a file gets one without records.

    Args:
        written: the files of all splits; those that an earlier try has moved are left alone.
        folders: the folders of the splits, in their order.
    """
    written = list(written)
    for split, folder in enumerate(folders):
        fileio.makedirs(folder)
        files = sorted((w for w in written if w.split == split), key=lambda w: w.order)
        for number, file in enumerate(files):
            if fileio.exists(file.path):
                _move(file, posixpath.join(folder, _NAME.format(number, len(files))))
        if not files:
            _record_writer(posixpath.join(folder, _NAME.format(0, 1))).close()


def _move(file: Written, path: str) -> None:
    fileio.rename(file.path, path, overwrite=True)
    if file.columns and fileio.exists(file.columns):
        columns = path_beside(path)
        columns.parent.mkdir(parents=True, exist_ok=True)
        fileio.rename(file.columns, str(columns), overwrite=True)
