"""How Trainer reads the train split: which rows are held out, and the others in a new order each time round."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf

from components.trainer import train_split
from components.trainer.settings import TrainingConfig
from components.trainer.train_split import FOLDS, read_train_split
from turnstile.errors import UsageError
from turnstile.model_inputs import LABEL, NUMBERS

ROWS = 40


class Transformed:
    """What Trainer asks of Transform's output."""

    def transformed_feature_spec(self):
        return {NUMBERS: tf.io.FixedLenFeature([2], tf.float32), LABEL: tf.io.FixedLenFeature([1], tf.int64)}


def write(path, rows, order=(NUMBERS, LABEL)):
    """A row's numbers and label all say which row it is; `order` is that of the features in its bytes."""
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for row in rows:
            numbers = tf.train.Feature(float_list=tf.train.FloatList(value=[row, -row]))
            label = tf.train.Feature(int64_list=tf.train.Int64List(value=[row]))
            fields = {NUMBERS: numbers, LABEL: label}
            # A message's bytes may stand after another's: the reader takes both for one.
            parts = [tf.train.Example(features=tf.train.Features(feature={name: fields[name]})) for name in order]
            writer.write(b"".join(part.SerializeToString() for part in parts))


@pytest.fixture
def files(tmp_path):
    write(tmp_path / "a.gz", range(25))
    write(tmp_path / "b.gz", range(25, ROWS))
    return [str(tmp_path / "*.gz")]


def split_of(files, fold=None, **training):
    return read_train_split(files, Transformed(), TrainingConfig(held_out=0.25, **training), fold)


def labels_of(batches):
    return [row for _, label in batches.as_numpy_iterator() for row in label[:, 0].tolist()]


def fitted_batches(files, count, seed=7):
    return list(itertools.islice(split_of(files).fitted(5, seed).as_numpy_iterator(), count))


def rounds(files):
    """The labels of the first two times round."""
    return rounds_of(split_of(files))


def rounds_of(split):
    labels, rows = labels_of(split.fitted(5, 7).take(20)), split.labels.rows
    return labels[:rows], labels[rows : 2 * rows]


def fitted_rows(split):
    return sorted(split.labels.counts)


def test_every_row_is_on_one_side_and_both_have_their_share(files):
    split = split_of(files)
    held_out = labels_of(split.held_out())
    assert sorted([*held_out, *fitted_rows(split)]) == list(range(ROWS))
    assert 4 <= len(held_out) <= 16
    assert held_out == sorted(held_out)


def test_the_order_of_the_features_in_its_bytes_moves_no_row(files, tmp_path):
    before = labels_of(split_of(files).held_out())
    write(tmp_path / "a.gz", range(25), (LABEL, NUMBERS))
    assert labels_of(split_of(files).held_out()) == before


def test_rows_stay_on_their_side_when_others_come(files, tmp_path):
    before = labels_of(split_of(files).held_out())
    write(tmp_path / "0.gz", range(100, 150))
    assert [row for row in labels_of(split_of(files).held_out()) if row < ROWS] == before


def test_each_time_round_has_every_row_that_is_not_held_out_once_in_a_new_order(files):
    first, second = rounds(files)
    assert sorted(first) == sorted(second) == fitted_rows(split_of(files))
    assert first != second
    assert sorted(first) not in (first, second)


def test_every_batch_is_full_and_keeps_rows_together(files):
    for inputs, label in fitted_batches(files, 20):
        assert label.shape == (5, 1)
        assert inputs[NUMBERS].tolist() == [[row, -row] for row in label[:, 0].tolist()]


def test_the_seed_decides_the_order(files):
    first, again, other = (
        [label.tolist() for _, label in fitted_batches(files, 10, seed)] for seed in (1, 1, 2)
    )  # fmt: skip
    assert first == again
    assert first != other


@pytest.fixture
def many(tmp_path):
    write(tmp_path / "many.gz", range(3_000))
    return [str(tmp_path / "many.gz")]


def test_of_more_rows_than_are_needed_some_are_drawn_from_the_whole_table(many):
    split = split_of(many)
    assert split.drawn(math.inf) == split.labels.rows
    assert split.drawn(400) == 400
    drawn = labels_of(split.fitted(50, 7, 400).take(6))
    assert len(set(drawn)) == 300
    assert set(drawn) <= set(fitted_rows(split))
    assert np.histogram(drawn, 3, (0, 3_000))[0] == pytest.approx(100, abs=40)
    assert set(drawn) == set(labels_of(split_of(many).fitted(50, 7, 400).take(6)))


def test_of_more_rows_than_the_memory_holds_some_are_drawn(many, monkeypatch):
    monkeypatch.setattr(train_split, "_bytes", lambda spec: 2_500)
    split = split_of(many, memory_mb=1)
    assert split.memory == split.drawn(math.inf) == 400
    drawn = labels_of(split.fitted(50, 7, split.drawn(math.inf)).take(24))
    assert 300 < len(set(drawn)) < 500
    assert 300 < len(labels_of(split.held_out())) < 500


def test_the_size_of_a_row_is_that_of_its_numbers(files):
    assert split_of(files, memory_mb=1).memory == 10**6 // (2 * 4 + 8)


def test_of_more_rows_than_a_loss_needs_some_are_drawn(many, monkeypatch):
    held_out = labels_of(split_of(many).held_out())
    monkeypatch.setattr(train_split, "_LOOKED_AT_ROWS", 100)
    drawn = labels_of(split_of(many).held_out())
    assert set(drawn) < set(held_out)
    assert len(drawn) == pytest.approx(100, abs=40)
    assert np.histogram(drawn, 2, (0, 3_000))[0].min() > 25


def test_too_few_rows_to_hold_any_out_are_all_on_both_sides(tmp_path):
    write(tmp_path / "one.gz", [7])
    split = split_of([str(tmp_path / "one.gz")])
    assert fitted_rows(split) == [7]
    assert labels_of(split.held_out()) == [7]
    assert labels_of(split.fitted(2, 7).take(1)) == [7, 7]


def test_each_row_that_is_not_held_out_judges_in_one_fold_and_fits_in_the_others(files):
    without, folds = split_of(files), [split_of(files, fold=fold) for fold in range(FOLDS)]
    judged = [labels_of(split.judged()) for split in folds]
    assert sorted(row for rows in judged for row in rows) == fitted_rows(without)
    for split, rows in zip(folds, judged, strict=True):
        assert labels_of(split.held_out()) == labels_of(without.held_out())
        assert sorted([*rows, *fitted_rows(split)]) == fitted_rows(without)
        assert sorted(rounds_of(split)[0]) == fitted_rows(split)


def test_too_few_rows_to_judge_by_are_refused_in_words(tmp_path):
    write(tmp_path / "one.gz", [7])
    with pytest.raises(UsageError, match="has 1 rows, too few"):
        split_of([str(tmp_path / "one.gz")], fold=0)


def test_the_quantiles_are_those_of_the_numbers(files, monkeypatch):
    quantiles = split_of(files).quantiles
    assert quantiles.shape == (2, 17)
    assert quantiles[0, [0, 8, 16]].tolist() == [0, 19.5, 39]
    monkeypatch.setattr(train_split, "_SAMPLE_ROWS", 30)
    assert split_of(files).quantiles[0, 8] == pytest.approx(19.5, abs=2)
