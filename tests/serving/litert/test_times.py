"""Whole numbers of any size, divided by operations that LiteRT has."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from serving.litert.times import _divided
from turnstile.times import DAY, PER_SECOND


def test_a_quotient_is_exact_for_every_size_and_sign():
    rng = np.random.default_rng(7)
    for by in (DAY, *PER_SECOND.values()):
        edges = [k * by + n for k in (0, 1, -1, 2**20, 2**63 // by - 2, -(2**63) // by + 2) for n in (-1, 0, 1)]
        some = rng.integers(-(2**63), 2**63, 500) // 2 ** rng.integers(0, 63, 500)
        values = [*edges, 2**63 - 1, -(2**63), *some.tolist()]
        found = _divided(tf.constant(values, tf.int64), by).numpy().tolist()
        assert found == [value // by for value in values]
