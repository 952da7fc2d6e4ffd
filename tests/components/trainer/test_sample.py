"""A sample of a stream is evenly spaced, whatever the batches are, and never larger than it may be."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

from components.trainer.labels import Labels
from components.trainer.sample import Sample


def sampled(rows, most, batch):
    sample, stream = Sample(most), np.arange(rows)
    for begin in range(0, rows, batch):
        sample.add(stream[begin : begin + batch])
    return sample.rows().tolist()


@pytest.mark.parametrize("batch", [1, 7, 64, 1_000])
@pytest.mark.parametrize("rows", [1, 99, 100, 101, 250, 1_000])
def test_rows_are_evenly_spaced_and_as_many_as_fit(rows, batch):
    kept = sampled(rows, 100, batch)
    step = next(step for step in (1, 2, 4, 8, 16) if len(range(0, rows, step)) <= 100)
    assert kept == list(range(0, rows, step))


def test_what_is_not_kept_is_forgotten():
    sample, batches = Sample(100), [np.zeros((50, 1_000)) for _ in range(40)]
    kept = [weakref.ref(batch) for batch in batches]
    for batch in batches:
        sample.add(batch)
    del batches, batch
    assert [batch() for batch in kept] == [None] * 40
    assert sample.rows().shape == (63, 1_000)


def test_counts_are_of_all_rows_and_numbers_of_those_that_are_kept(monkeypatch):
    monkeypatch.setattr("components.trainer.labels._NUMBERS", 10)
    classes, numbers = Labels(), Labels()
    for begin in range(0, 100, 30):
        rows = np.arange(begin, min(begin + 30, 100))
        classes.add(rows % 3)
        numbers.add(rows.astype(np.float32))
    assert (classes.rows, classes.counts) == (100, {0: 34, 1: 33, 2: 33})
    assert (numbers.rows, numbers.counts) == (100, {})
    assert numbers.numbers().tolist() == list(range(0, 100, 16))
