"""The rows of the train split: most of them fit the model, and the rest, held out, tell when to stop.

The eval split is left to the gate: a model that was stopped by its rows would look better on them than it is. A tuner
divides the rows that fit the model into folds, and judges its trials by one that it leaves out.

All rows are read once, to be counted. Of more than are needed, or than fit in memory, some are then drawn at random.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.example_files import records
from components.trainer.labels import Labels
from components.trainer.sample import Sample
from components.trainer.settings import TrainingConfig
from turnstile.errors import UsageError
from turnstile.model_inputs import LABEL, NUMBERS

_READ_ROWS = 4_096  # in a batch that no gradient depends on; larger ones are no faster
# Rows that a loss is computed on, at most: the standard error of their mean loss is then under 0.2 % of the deviation
# of single losses.
_LOOKED_AT_ROWS = 307_200
_HASHES = 10_000  # so that a share is exact to a hundredth of a percent
# Rows whose numbers are kept for their quantiles, at most: the standard error of a quantile's rank is then under 0.2 %.
_SAMPLE_ROWS = 100_000
_PIECES = 16
# Parts that the rows which are not held out come in; with 5, four fifths of them are left to fit.
FOLDS = 5
_HELD_OUT, _JUDGED, _FITTED = 0, 1, 2
_DRAWN_BY = 0  # the seed of the rows that are drawn: the same of every training, so that trials are comparable

logger = logging.getLogger("turnstile.trainer")


@dataclass(frozen=True)
class TrainSplit:
    """The train split in its parts, from `read_train_split`.

    Args:
        files: patterns of gzipped TFRecord files of transformed examples.
        spec: their feature spec.
        share: share of the rows that is held out; 0 where there are too few rows, and both parts are all of them.
        fold: the fold of the other rows that judges, and does not fit, from 0; None for no such rows.
        counts: how many rows are held out, judge and fit.
        labels: the labels of the rows that fit the model.
        quantiles: evenly spaced quantiles of each number, from the least to the greatest, [numbers, 17]; None where no
            feature is a number.
        memory: the largest number of rows of a part that are kept in memory.
    """

    files: list[str]
    spec: dict[str, Any]
    share: float
    fold: int | None
    counts: tuple[int, ...]
    labels: Labels
    quantiles: np.ndarray | None
    memory: int

    def fitted(self, batch_size: int, seed: int, most: float = math.inf) -> tf.data.Dataset:
        """Reads the rows that fit the model as (inputs, label) batches, in a new order each time round, without end.

        Rows are parsed and shuffled all at once: one by one, that would take longer than the training itself.

        Args:
            batch_size: rows of a batch.
            seed: number that the orders start from.
            most: of more rows, about so many are drawn.
        """
        block = self._parsed(_FITTED, self.drawn(most)).rebatch(self.labels.rows).cache()

        def shuffle(number: tf.Tensor, block: Any) -> Any:
            rows_of_block = tf.shape(block[1])[0]
            order = tf.random.experimental.stateless_shuffle(tf.range(rows_of_block), [seed, number])
            return tf.nest.map_structure(lambda column: tf.gather(column, order), block)

        return block.repeat().enumerate().map(shuffle).rebatch(batch_size).prefetch(tf.data.AUTOTUNE)

    def drawn(self, most: float) -> int:
        """Returns how many of the rows that fit the model are read, if no more than `most` are needed."""
        return int(min(self.labels.rows, self.memory, most))

    def held_out(self) -> tf.data.Dataset:
        """Reads the held-out rows as (inputs, label) batches, in order: all, or enough to know their loss."""
        return self._looked_at(_HELD_OUT)

    def judged(self) -> tf.data.Dataset:
        """Reads the rows that judge as (inputs, label) batches, in order: all, or enough to know their loss."""
        return self._looked_at(_JUDGED)

    def _looked_at(self, part: int) -> tf.data.Dataset:
        return self._parsed(part, min(self.memory, _LOOKED_AT_ROWS)).rebatch(_READ_ROWS).cache()

    def _parsed(self, part: int, most: int) -> tf.data.Dataset:
        def parse(rows: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            features = tf.io.parse_example(rows, self.spec)
            if self.share:
                wanted = _part(features, self.share, self.fold) == part
                features = {name: tf.boolean_mask(values, wanted) for name, values in features.items()}
            return features, features.pop(LABEL)

        return _some(records(self.files).batch(_READ_ROWS), most / max(self.counts[part], 1)).map(parse)


def _some(batches: tf.data.Dataset, share: float) -> tf.data.Dataset:
    """Draws a share of the rows, the same each time; all if it is 1 or more."""
    if share >= 1:
        return batches

    def draw(number: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        return tf.boolean_mask(rows, tf.random.stateless_uniform(tf.shape(rows), [_DRAWN_BY, number]) < share)

    return batches.enumerate().map(draw)


def read_train_split(
    files: list[str], transform: tft.TFTransformOutput, training: TrainingConfig, fold: int | None = None
) -> TrainSplit:
    """Reads all rows of the train split once, and decides which are held out, and which judge.

    Args:
        files: patterns of gzipped TFRecord files of transformed examples.
        transform: Transform's output, for their feature spec.
        training: the share of the rows to hold out, and the memory for rows. A row's values decide, so that the same
            data is always divided in the same way, and equal rows are never on both sides.
        fold: the fold that judges. It is taken from the rows that would fit; the held-out rows stay the same.

    Raises:
        UsageError: some rows are to judge, and there are too few for each part to have any.
    """
    spec, share = transform.transformed_feature_spec(), training.held_out

    def parse(rows: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        features = tf.io.parse_example(rows, spec)
        return {name: features[name] for name in (LABEL, NUMBERS) if name in spec}, _part(features, share, fold)

    parts, numbers = [Labels(), Labels(), Labels()], Sample(_SAMPLE_ROWS)
    for row, part in records(files).batch(_READ_ROWS).map(parse).as_numpy_iterator():
        for number, labels in enumerate(parts):
            labels.add(row[LABEL][part == number, 0])
        numbers.add(row.get(NUMBERS, row[LABEL]))
    counts = tuple(labels.rows for labels in parts)
    quantiles = _quantiles(numbers.rows()) if NUMBERS in spec else None
    memory = max(1, training.memory_mb * 10**6 // _bytes(spec))
    if fold is not None and not all(counts):
        raise UsageError(
            f"the train split has {sum(counts):,} rows, too few: some have to fit a model, others to tell when to "
            "stop, and others to judge it. Tune with more data"
        )
    if not counts[_HELD_OUT] or not counts[_FITTED]:
        logger.warning("of %d rows, none can be held out: training stops by the rows that it fits", sum(counts))
        rows, labels = sum(counts), parts[_FITTED if counts[_FITTED] else _HELD_OUT]
        return TrainSplit(files, spec, 0.0, None, (rows, rows, rows), labels, quantiles, memory)
    return TrainSplit(files, spec, share, fold, counts, parts[_FITTED], quantiles, memory)


def _bytes(spec: dict[str, Any]) -> int:
    """Returns the size of a parsed row."""
    return sum(math.prod(feature.shape) * feature.dtype.size for feature in spec.values())


def _quantiles(rows: np.ndarray) -> np.ndarray:
    """Returns the quantiles of each number of [rows, numbers]: [numbers, pieces + 1]."""
    return np.quantile(rows, np.linspace(0, 1, _PIECES + 1), axis=0).T


def _part(features: dict[str, tf.Tensor], share: float, fold: int | None) -> tf.Tensor:
    """Tells each row's part by a hash of its values, [rows]. In its bytes, the order of the features is by chance."""
    columns = [features[name] for name in sorted(features)]
    values = tf.concat([tf.bitcast(c, tf.int32) if c.dtype == tf.float32 else tf.cast(c, tf.int32) for c in columns], 1)
    # A sum of the values, each times a large odd number of its own, which may overflow; then a real hash of that.
    factors = 2 * np.random.default_rng(0).integers(2**62, size=values.shape[1]) + 1
    sums = tf.reduce_sum(tf.cast(values, tf.int64) * factors, axis=1)
    hashes = tf.strings.to_hash_bucket_fast(tf.strings.as_string(sums), _HASHES)
    begin = round(share * _HASHES)
    others = _FITTED if fold is None else tf.where(hashes % FOLDS == fold, _JUDGED, _FITTED)
    return tf.where(hashes < begin, _HELD_OUT, others)
