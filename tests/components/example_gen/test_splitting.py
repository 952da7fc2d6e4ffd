"""The split of a row is the same in every run, on both stacks, whatever else is in the file."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from components.example_gen.splitting import Splits, hashes

TRAIN_EVAL = Splits(("train", "eval"), (4, 1))
ROWS = [["Credit Card", "12.45", None], ["Cash", None, "é"], [None, None, None], ["a", "\x1f", ""]]
PINNED = [4734318353876964674, 18360898374060920134, 3974668802507901148, 9038180814569398914]
PINNED_COLUMN = [8518482412311870710, 7813587015057732635, 13020603013274838756, 3394012004367669963]


def columns(rows):
    return [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]


def test_these_hashes_never_change():
    """Another number here means that every row of every user may change its split."""
    assert hashes(columns(ROWS)).tolist() == PINNED
    assert hashes(columns([["1"], ["2"], [None], ["é"]])).tolist() == PINNED_COLUMN


def test_a_hash_is_blake2b_of_the_joined_row():
    for row, found in zip(ROWS, hashes(columns(ROWS)), strict=True):
        joined = "\x1f".join(cell or "" for cell in row).encode()
        assert found == int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "little")


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()])
def test_it_is_the_text_that_counts_not_its_type(type_):
    assert hashes([c.cast(pa.binary()).cast(type_) for c in columns(ROWS)]).tolist() == hashes(columns(ROWS)).tolist()


@pytest.mark.parametrize("size", [1, 2, 3])
def test_other_rows_do_not_count(size):
    parts = [hashes([c.slice(i, size) for c in columns(ROWS)]) for i in range(0, len(ROWS), size)]
    assert np.concatenate(parts).tolist() == hashes(columns(ROWS)).tolist()


def test_the_order_of_the_tables_columns_does_not_count():
    assert TRAIN_EVAL.columns(["b", "c", "a"]) == TRAIN_EVAL.columns(["a", "b", "c"]) == ["a", "b", "c"]
    assert Splits(("train", "eval"), (4, 1), by=("c", "a")).columns(["b", "c", "a"]) == ["a", "c"]


def test_splitting_by_a_column_that_is_not_there_names_those_that_are():
    with pytest.raises(ValueError, match="split by 'taxi': there is no such column; there are: a, b"):
        Splits(("train", "eval"), (4, 1), by=("a", "taxi")).columns(["a", "b"])


@pytest.mark.parametrize("buckets", [(4, 1), (2, 1), (1, 1, 2), (1,)])
def test_splits_get_their_share(buckets):
    numbers = [pa.array([str(i) for i in range(20_000)])]
    splits = Splits(tuple("abc")[: len(buckets)], buckets).of(numbers)
    shares = np.bincount(splits, minlength=len(buckets)) / len(splits)
    assert shares == pytest.approx(np.array(buckets) / sum(buckets), abs=0.01)


def test_more_buckets_of_the_same_split_move_no_row_within_them():
    rows = [pa.array([str(i) for i in range(1000)])]
    assert (Splits(("a", "b"), (4, 1)).of(rows) == Splits(("a", "b", "c"), (3, 1, 1)).of(rows).clip(1) - 1).all()


def test_equal_values_stay_together():
    splits = TRAIN_EVAL.of([pa.array(["x", "y", "x", None, "y", None] * 50)])
    assert [len(set(splits[i::6])) for i in range(6)] == [1] * 6
    assert (splits[0], splits[1], splits[3]) == (splits[2], splits[4], splits[5])
