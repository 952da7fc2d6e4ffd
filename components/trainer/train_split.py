"""The rows of the train split: most of them fit the model, and the rest, held out, tell when to stop.

The eval split is left to the gate: a model that was stopped by its rows would look better on them than it is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.example_files import records
from turnstile.model_inputs import LABEL

# Rows that are shuffled at once, so that any data set of up to a million rows is shuffled as a whole.
_SHUFFLE_ROWS = 1_000_000
# Parsed rows that are kept in memory (with 20 features, some 200 bytes each); of more rows, each round reads the files.
_CACHED_ROWS = 5_000_000
_READ_ROWS = 4_096  # in a batch that no gradient depends on; larger ones are no faster
# Held-out rows are looked at in 75 such batches at most, 307,200 rows: the standard error of a mean loss is then under
# 0.2 % of the deviation of single losses.
_HELD_OUT_BATCHES = 75
_HASHES = 10_000  # so that a share is exact to a hundredth of a percent

logger = logging.getLogger("turnstile.trainer")


@dataclass(frozen=True)
class TrainSplit:
    """The train split in two parts, from `read_train_split`.

    Args:
        files: patterns of gzipped TFRecord files of transformed examples.
        spec: their feature spec.
        share: share of the rows that is held out; 0 where there are too few rows, and both parts are all of them.
        labels: the labels of the rows that fit the model, [rows].
    """

    files: list[str]
    spec: dict[str, Any]
    share: float
    labels: np.ndarray

    def fitted(self, batch_size: int, seed: int) -> tf.data.Dataset:
        """Reads the rows that fit the model as (inputs, label) batches, in a new order each time round, without end.

        Rows are parsed and shuffled many at once: one by one, that would take longer than the training itself.
        """
        rows = len(self.labels)
        blocks = self._parsed(held_out=False).rebatch(min(rows, _SHUFFLE_ROWS))
        if rows <= _CACHED_ROWS:
            blocks = blocks.cache()

        def shuffle(number: tf.Tensor, block: Any) -> Any:
            rows_of_block = tf.shape(block[1])[0]
            order = tf.random.experimental.stateless_shuffle(tf.range(rows_of_block), [seed, number])
            return tf.nest.map_structure(lambda column: tf.gather(column, order), block)

        return blocks.repeat().enumerate().map(shuffle).rebatch(batch_size).prefetch(tf.data.AUTOTUNE)

    def held_out(self) -> tf.data.Dataset:
        """Reads the held-out rows as (inputs, label) batches, in order: all, or enough to know their loss."""
        return self._parsed(held_out=True).rebatch(_READ_ROWS).take(_HELD_OUT_BATCHES).cache()

    def _parsed(self, held_out: bool) -> tf.data.Dataset:
        def parse(rows: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            if self.share:
                rows = tf.boolean_mask(rows, _is_held_out(rows, self.share) == held_out)
            features = tf.io.parse_example(rows, self.spec)
            return features, features.pop(LABEL)

        return records(self.files).batch(_READ_ROWS).map(parse)


def read_train_split(files: list[str], transform: tft.TFTransformOutput, share: float) -> TrainSplit:
    """Reads all labels of the train split, and decides which rows are held out.

    Args:
        files: patterns of gzipped TFRecord files of transformed examples.
        transform: Transform's output, for their feature spec.
        share: share of the rows to hold out. A row's content decides, so that a run with more rows holds out the same
            ones again, and equal rows are never on both sides.
    """
    spec = transform.transformed_feature_spec()

    def parse(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.io.parse_example(rows, {LABEL: spec[LABEL]})[LABEL][:, 0], _is_held_out(rows, share)

    batches = records(files).batch(_READ_ROWS).map(parse).as_numpy_iterator()
    labels, held_out = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    if held_out.all() or not held_out.any():
        logger.warning("of %d rows, none can be held out: training stops by the rows that it fits", len(labels))
        return TrainSplit(files, spec, 0.0, labels)
    return TrainSplit(files, spec, share, labels[~held_out])


def _is_held_out(rows: tf.Tensor, share: float) -> tf.Tensor:
    return tf.strings.to_hash_bucket_fast(rows, _HASHES) < round(share * _HASHES)
