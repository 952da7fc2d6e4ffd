"""Vocabularies: the most frequent values of many columns, found by one analyzer and looked up in one table.

An analyzer and a table for each column would cost more than all the rows of most tables: an analyzer is some
fourteen stages of Beam, and Transform traces its graph nine times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_transform.beam.experimental import PTransformAnalyzer

from turnstile.columns import Vocabulary
from turnstile.model_inputs import missing_index
from turnstile.null_values import MISSING_TEXT
from turnstile.vocabulary_files import VOCABULARIES, head

_HASHES = 1 << 62  # as many as an attribute of TensorFlow can hold, so that each out-of-vocabulary bucket is as likely


def indices(names: tf.Tensor, features: Iterable[Vocabulary]) -> tf.Tensor:
    """The place of each value in its column's vocabulary, the most frequent one first; int64 [batch, columns].

    After the `top_k` places come the out-of-vocabulary buckets, then the index that means "missing".

    Args:
        names: the values, strings, [batch, columns].
        features: what each column becomes.
    """
    features = list(features)
    # Each key begins with the number of its column. A number by itself heads the column's part of the file.
    heads = tf.constant([[head(column).decode() for column in range(len(features))]])
    keys = heads + names
    lines = tft.apply_vocabulary(tf.concat([heads, keys], axis=0), _analyzed(keys, features), default_value=-1)
    first, lines = lines[:1], lines[1:]
    buckets, top_k, missing = (
        tf.constant(sizes, tf.int64)
        for sizes in zip(*((f.oov_buckets, f.top_k, missing_index(f)) for f in features), strict=True)
    )
    unknown = top_k + tf.math.floormod(tf.strings.to_hash_bucket_fast(names, _HASHES), buckets)
    known = tf.where(lines < 0, unknown, lines - first - 1)
    return tf.where(tf.equal(names, MISSING_TEXT), missing, known)


def _analyzed(keys: tf.Tensor, features: list[Vocabulary]) -> tf.Tensor:
    """The path of a file with a line for each key that has a place, column by column."""
    found, _, counts = tf.unique_with_counts(tf.reshape(keys, [-1]), out_idx=tf.int64)
    most_frequent = _MostFrequent([feature.top_k for feature in features])
    # No table can be made of an empty file, so the one that stands in until there are counts is not empty.
    (file,) = tft.experimental.ptransform_analyzer([found, counts], most_frequent, [tf.string], [[]], [head(0)])
    return file


class _MostFrequent(PTransformAnalyzer):
    """From batches of keys and how often each is there, to a file of each column's most frequent ones."""

    def __init__(self, top_k: list[int]):
        super().__init__()
        self._top_k = top_k

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        return (
            batches
            | "Keys" >> beam.FlatMap(_keys)
            | "Count" >> beam.CombinePerKey(sum)
            | "ByColumn" >> beam.MapTuple(lambda key, count: (_column(key), (count, key)))
            | "MostFrequent" >> beam.combiners.Top.LargestPerKey(max(self._top_k))
            | "Together" >> beam.combiners.ToDict()
            | "Write" >> beam.Map(_write, self.base_temp_dir, self._top_k)
        )


def _column(key: bytes) -> int:
    return int(key.split(b" ", 1)[0])


def _keys(batch: tuple[np.ndarray, np.ndarray]) -> Iterator[tuple[bytes, int]]:
    """The keys of values: a head by itself is of missing ones, and what ends a line cannot stand in a file of lines."""
    for key, count in zip(*(values.tolist() for values in batch), strict=True):
        if key != head(_column(key)) and b"\n" not in key and b"\r" not in key:
            yield key, count


def _write(ranked: Mapping[int, list[tuple[int, bytes]]], folder: str, top_k: list[int]) -> str:
    tf.io.gfile.makedirs(folder)
    path = f"{folder}/{VOCABULARIES}"
    with tf.io.gfile.GFile(path, "wb") as file:
        for column, size in enumerate(top_k):
            lines = [head(column), *(key for _, key in ranked.get(column, [])[:size])]
            file.write(b"\n".join(lines) + b"\n")
    return path
