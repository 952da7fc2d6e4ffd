"""How Trainer reads its rows: all of them, in a new order each time round, the same with the same seed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf

from components.trainer import training
from components.trainer.settings import TrainingConfig
from turnstile.model_inputs import LABEL, NUMBERS, Columns

ROWS = 23


class Transformed:
    """What Trainer asks of Transform's output."""

    def transformed_feature_spec(self):
        return {NUMBERS: tf.io.FixedLenFeature([2], tf.float32), LABEL: tf.io.FixedLenFeature([1], tf.int64)}


@pytest.fixture
def files(tmp_path):
    """Two files; a row's numbers and label all say which row it is."""
    for file, rows in (("a", range(10)), ("b", range(10, ROWS))):
        with tf.io.TFRecordWriter(str(tmp_path / f"{file}.gz"), "GZIP") as writer:
            for row in rows:
                numbers = tf.train.Feature(float_list=tf.train.FloatList(value=[row, -row]))
                label = tf.train.Feature(int64_list=tf.train.Int64List(value=[row]))
                features = tf.train.Features(feature={NUMBERS: numbers, LABEL: label})
                writer.write(tf.train.Example(features=features).SerializeToString())
    return [str(tmp_path / "*.gz")]


def train_batches(files, count, seed=7):
    data = training.load_train(files, Transformed(), TrainingConfig(batch_size=5, seed=seed), ROWS)
    return list(itertools.islice(data.as_numpy_iterator(), count))


def test_each_time_round_has_every_row_once_in_a_new_order(files):
    labels = np.concatenate([label[:, 0] for _, label in train_batches(files, 10)])[: 2 * ROWS]
    first, second = labels[:ROWS].tolist(), labels[ROWS:].tolist()
    assert sorted(first) == sorted(second) == list(range(ROWS))
    assert first != second
    assert list(range(ROWS)) not in (first, second)


def test_every_batch_is_full_and_keeps_rows_together(files):
    for inputs, label in train_batches(files, 20):
        assert label.shape == (5, 1)
        assert inputs[NUMBERS].tolist() == [[row, -row] for row in label[:, 0].tolist()]


def test_the_seed_decides_the_order(files):
    first, again, other = (
        [label.tolist() for _, label in train_batches(files, 10, seed)] for seed in (1, 1, 2)
    )  # fmt: skip
    assert first == again
    assert first != other


@pytest.mark.parametrize("limit", ["_SHUFFLE_ROWS", "_CACHED_ROWS"])
def test_more_rows_than_are_held_at_once_are_read_in_parts(files, limit, monkeypatch):
    monkeypatch.setattr(training, limit, 7)
    labels = np.concatenate([label[:, 0] for _, label in train_batches(files, 10)])[: 2 * ROWS]
    assert sorted(labels[:ROWS].tolist()) == sorted(labels[ROWS:].tolist()) == list(range(ROWS))


def test_eval_rows_come_in_order_and_only_so_many(files, monkeypatch):
    monkeypatch.setattr(training, "_EVAL_ROWS", 12)
    labels = [label[:, 0].tolist() for _, label in training.load_eval(files, Transformed()).as_numpy_iterator()]
    assert [row for batch in labels for row in batch] == list(range(12))


def test_an_epoch_is_all_rows_or_as_many_batches_as_allowed():
    settings = TrainingConfig(batch_size=10, max_steps_per_epoch=3)
    assert [training.steps_per_epoch(rows, settings) for rows in (1, 10, 11, 30, 31, 10_000)] == [1, 1, 2, 3, 3, 3]


def label(**fields):
    return Columns.model_validate({"features": {}, "label": fields}).label


def test_a_regression_is_scaled_by_its_labels(files):
    labels = training.read_labels(files, Transformed())
    scale = training.label_scale(labels, label(kind="regression", column="y"))
    assert (scale.mean, scale.deviation) == pytest.approx((11, np.std(range(ROWS))))
    assert training.label_scale(np.array([3.0, 3.0]), label(kind="regression", column="y")).deviation == 1


def test_a_label_that_is_no_class_is_refused():
    with pytest.raises(ValueError, match=r"column 'y' holds values that label\.classes does not name"):
        training.label_scale(np.array([0, -1]), label(kind="multiclass", column="y", classes=["a", "b"]))
