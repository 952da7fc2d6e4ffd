"""Reads back the tf.Examples that ExampleGen and Transform have written."""

from __future__ import annotations

import tensorflow as tf

_READ_BYTES = 4 << 20  # at a time


def records(patterns: list[str]) -> tf.data.Dataset:
    """Returns the serialized rows of gzipped TFRecord files, file by file in the order of their names.

    Args:
        patterns: the patterns of the files' paths.
    """
    paths = sorted(path for pattern in patterns for path in tf.io.gfile.glob(pattern))
    return tf.data.TFRecordDataset(paths, compression_type="GZIP", buffer_size=_READ_BYTES)
