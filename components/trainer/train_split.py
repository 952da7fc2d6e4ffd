"""The rows of the train split: most of them fit the model, and the rest, held out, tell when to stop.

The eval split is left to the gate: a model that was stopped by its rows would look better on them than it is. A tuner
divides the rows that fit the model into folds, and judges its trials by one that it leaves out.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.example_files import records
from turnstile.errors import UsageError
from turnstile.model_inputs import LABEL, NUMBERS

# Rows that are shuffled at once, so that any data set of up to a million rows is shuffled as a whole.
_SHUFFLE_ROWS = 1_000_000
# Parsed rows that are kept in memory (with 20 features, some 200 bytes each); of more rows, each round reads the files.
_CACHED_ROWS = 5_000_000
_READ_ROWS = 4_096  # in a batch that no gradient depends on; larger ones are no faster
# Held-out rows are looked at in 75 such batches at most, 307,200 rows: the standard error of a mean loss is then under
# 0.2 % of the deviation of single losses.
_HELD_OUT_BATCHES = 75
_HASHES = 10_000  # so that a share is exact to a hundredth of a percent
# Rows whose numbers are kept for their quantiles, at most: the standard error of a quantile's rank is then under 0.2 %.
_SAMPLE_ROWS = 100_000
_PIECES = 16
# Parts that the rows which are not held out come in; with 5, four fifths of them are left to fit.
FOLDS = 5
_HELD_OUT, _JUDGED, _FITTED = 0, 1, 2

logger = logging.getLogger("turnstile.trainer")


@dataclass(frozen=True)
class TrainSplit:
    """The train split in its parts, from `read_train_split`.

    Args:
        files: patterns of gzipped TFRecord files of transformed examples.
        spec: their feature spec.
        share: share of the rows that is held out; 0 where there are too few rows, and both parts are all of them.
        fold: the fold of the other rows that judges, and does not fit, from 0; None for no such rows.
        labels: the labels of the rows that fit the model, [rows].
        quantiles: evenly spaced quantiles of each number, from the least to the greatest, [numbers, 17]; None where no
            feature is a number.
    """

    files: list[str]
    spec: dict[str, Any]
    share: float
    fold: int | None
    labels: np.ndarray
    quantiles: np.ndarray | None

    def fitted(self, batch_size: int, seed: int) -> tf.data.Dataset:
        """Reads the rows that fit the model as (inputs, label) batches, in a new order each time round, without end.

        Rows are parsed and shuffled many at once: one by one, that would take longer than the training itself.
        """
        rows = len(self.labels)
        blocks = self._parsed(_FITTED).rebatch(min(rows, _SHUFFLE_ROWS))
        if rows <= _CACHED_ROWS:
            blocks = blocks.cache()

        def shuffle(number: tf.Tensor, block: Any) -> Any:
            rows_of_block = tf.shape(block[1])[0]
            order = tf.random.experimental.stateless_shuffle(tf.range(rows_of_block), [seed, number])
            return tf.nest.map_structure(lambda column: tf.gather(column, order), block)

        return blocks.repeat().enumerate().map(shuffle).rebatch(batch_size).prefetch(tf.data.AUTOTUNE)

    def held_out(self) -> tf.data.Dataset:
        """Reads the held-out rows as (inputs, label) batches, in order: all, or enough to know their loss."""
        return self._first(_HELD_OUT)

    def judged(self) -> tf.data.Dataset:
        """Reads the rows that judge as (inputs, label) batches, in order: all, or enough to know their loss."""
        return self._first(_JUDGED)

    def _first(self, part: int) -> tf.data.Dataset:
        return self._parsed(part).rebatch(_READ_ROWS).take(_HELD_OUT_BATCHES).cache()

    def _parsed(self, part: int) -> tf.data.Dataset:
        def parse(rows: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            features = tf.io.parse_example(rows, self.spec)
            if self.share:
                wanted = _part(features, self.share, self.fold) == part
                features = {name: tf.boolean_mask(values, wanted) for name, values in features.items()}
            return features, features.pop(LABEL)

        return records(self.files).batch(_READ_ROWS).map(parse)


def read_train_split(
    files: list[str], transform: tft.TFTransformOutput, share: float, fold: int | None = None
) -> TrainSplit:
    """Reads all labels and numbers of the train split, and decides which rows are held out, and which judge.

    Args:
        files: patterns of gzipped TFRecord files of transformed examples.
        transform: Transform's output, for their feature spec.
        share: share of the rows to hold out. A row's values decide, so that the same data is always divided in the same
            way, and equal rows are never on both sides.
        fold: the fold that judges. It is taken from the rows that would fit; the held-out rows stay the same.

    Raises:
        UsageError: some rows are to judge, and there are too few for each part to have any.
    """
    spec = transform.transformed_feature_spec()

    def parse(rows: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        features = tf.io.parse_example(rows, spec)
        return {name: features[name] for name in (LABEL, NUMBERS) if name in spec}, _part(features, share, fold)

    labels, parts, numbers = [], [], _Sample()
    for row, part in records(files).batch(_READ_ROWS).map(parse).as_numpy_iterator():
        labels.append(row[LABEL][:, 0])
        parts.append(part)
        numbers.add(row.get(NUMBERS, row[LABEL]))
    quantiles = numbers.quantiles() if NUMBERS in spec else None
    label, part = np.concatenate(labels), np.concatenate(parts)
    counts = np.bincount(part, minlength=_FITTED + 1)
    if fold is not None and not counts.all():
        raise UsageError(
            f"the train split has {len(label):,} rows, too few: some have to fit a model, others to tell when to stop, "
            "and others to judge it. Tune with more data"
        )
    if not counts[_HELD_OUT] or not counts[_FITTED]:
        logger.warning("of %d rows, none can be held out: training stops by the rows that it fits", len(label))
        return TrainSplit(files, spec, 0.0, None, label, quantiles)
    return TrainSplit(files, spec, share, fold, label[part == _FITTED], quantiles)


class _Sample:
    """Evenly spaced rows of all that are added, in bounded memory."""

    def __init__(self) -> None:
        self._rows: list[np.ndarray] = []
        self._step = 1

    def add(self, rows: np.ndarray) -> None:
        """Adds a batch, [rows, numbers]."""
        self._rows.append(rows[:: self._step])
        if sum(map(len, self._rows)) > _SAMPLE_ROWS:
            self._rows = [np.concatenate(self._rows)[::2]]
            self._step *= 2

    def quantiles(self) -> np.ndarray:
        """Returns the quantiles of each number, [numbers, pieces + 1]."""
        return np.quantile(np.concatenate(self._rows), np.linspace(0, 1, _PIECES + 1), axis=0).T


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
