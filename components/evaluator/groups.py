"""Which of the groups each row falls into that the intervals of metrics are made of: by its content alone.

So the same rows give the same groups in whatever order and in however many files they come, and both models are judged
on the same ones. Rows that are alike are dealt to groups one by one: a table of a few categories has rows that are
there a thousand times, and one group of them all would say that they come and go together.
"""

from __future__ import annotations

import hashlib

import numpy as np

# Of so many groups, the standard error of a metric is itself known to a tenth (a chi-squared of 49 degrees of freedom);
# and each takes a float for each metric in the results.
GROUPS = 50
COLUMN = "_key"  # among the features of an example, where TFMA's metrics find it
# What a float64 holds exactly; two of a million different rows have the same key with a chance of 1 in 10,000.
_BITS = 52
# Of a row that is there more often, the groups get random counts, not each copy a group of its own.
_MANY = 1_000


def key_of(example: bytes) -> int:
    """Returns the key of a row, below 2 ** 52; `example` is the serialized tf.train.Example.

    ExampleGen deals rows to splits by another hash of the same bytes, so the keys of a split are like those of others.
    """
    return int.from_bytes(hashlib.blake2b(example, digest_size=8).digest(), "little") >> (64 - _BITS)


def by_key(keys: np.ndarray) -> np.ndarray:
    """Returns the group of each key, int [rows]; copies of a row all get the same."""
    return keys.astype(np.int64) % GROUPS


def dealt(keys: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Deals each copy of each row to a group, at random but always the same.

    Args:
        keys: of the rows, all different, [rows].
        counts: how often each row is there.

    Returns:
        Three arrays of one length: the index of a row, a group, and how many of the row's copies are in it.
    """
    counts = counts.astype(np.int64)
    many = np.flatnonzero(counts > _MANY)
    few = np.where(counts > _MANY, 0, counts)
    index = np.repeat(np.arange(len(keys)), few)
    copy = np.arange(len(index)) - np.repeat(np.cumsum(few) - few, few)
    group = by_key(_mixed(keys.astype(np.uint64)[index], copy.astype(np.uint64)))
    shares = [np.random.default_rng(int(keys[row])).multinomial(counts[row], [1 / GROUPS] * GROUPS) for row in many]
    return (
        np.concatenate([index, np.repeat(many, GROUPS)]),
        np.concatenate([group, np.tile(np.arange(GROUPS), len(many))]),
        np.concatenate([np.ones(len(index)), *shares]),
    )


def _mixed(keys: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """A number for each pair; of the first copy, the key itself.

    Source of the constants: Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
    """
    mixed = keys + copies * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.where(copies == 0, keys, (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(64 - _BITS))
