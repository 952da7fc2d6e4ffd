"""Shapley values by sampling: which rows to ask a model about, and what follows from its answers.

A row is compared with rows of a background. In some order, the features of a background row are replaced by those of
the row, one after another; how much the answer moves at a feature's turn is the feature's contribution. Its Shapley
value is the mean over all orders and all background rows (Shapley, A value for n-person games, 1953; Strumbelj and
Kononenko, An efficient explanation of individual classifications using game theory, JMLR 11, 2010, which samples them).
Here it is the mean over some orders: pairs of one order and its reverse, whose errors largely cancel out (Mitchell,
Cooper, Frank and Holmes, Sampling permutations for Shapley value estimation, JMLR 23, 2022).

What follows is all there is to it, so that another language can do the same:

1. The features are numbered from 0 as the names of the model's inputs are sorted. `orders` gives the orders of all
   pairs, for each background row as many, one background row after the other. They are the same whatever is explained.
2. Each order has `features - 1` mixed rows: in that of step s, the features at its first s places are the row's own,
   the others are those of the background row.
3. The contributions of an order are the differences between the scores of the background row, its mixed rows, and the
   row itself, in turn. Those of a pair are the means of its two orders, and the result is the mean over the pairs.
4. The standard errors are those of a stratified sample: a background row is a stratum, and its pairs are drawn from it.

So the contributions always add up: the mean score of the background rows and all contributions are the row's score.
A feature that the model ignores has exactly 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

Arrays = Mapping[str, np.ndarray]

_BITS = 2**32
# An odd multiplier makes another 32-bit number of each seed, and 0 of none but -1; it is 2^32 over the golden ratio
# (Knuth, The Art of Computer Programming, volume 3, section 6.4).
_MULTIPLIER = 2654435769


class Contributions(NamedTuple):
    """What each feature contributed to the score of one row.

    Attributes:
        values: the contributions, in the unit of the score, of shape [features].
        errors: the standard error of each: how far the orders that were drawn may have moved it.
    """

    values: np.ndarray
    errors: np.ndarray


def orders(features: int, pairs: int, seed: int) -> np.ndarray:
    """Draws the orders: for each pair, 0, 1, ... features - 1 shuffled as by Fisher and Yates, and its reverse.

    Args:
        features: how many features there are.
        pairs: how many pairs to draw.
        seed: another one draws other orders; from 0 to 2^32 - 2.

    Returns:
        Numbers of features, of shape [2 * pairs, features]. The orders of a pair are one below the other.
    """
    random, found = _uniform(seed), []
    for _ in range(pairs):
        order = list(range(features))
        for last in range(features - 1, 0, -1):
            other = int(next(random) * (last + 1))
            order[last], order[other] = order[other], order[last]
        found += [order, order[::-1]]
    return np.array(found, np.int64)


def _uniform(seed: int) -> Iterator[float]:
    """Yields numbers from 0 to 1, by 32-bit xorshift (Marsaglia, Xorshift RNGs, 2003): the same in any language."""
    state = (seed + 1) * _MULTIPLIER % _BITS
    while True:
        state ^= state << 13 & (_BITS - 1)
        state ^= state >> 17
        state ^= state << 5 & (_BITS - 1)
        yield state / _BITS


@dataclass(frozen=True)
class Sampling:
    """The mixed rows that every row is explained by.

    Attributes:
        features: how many features there are.
        background: how many background rows there are.
        pairs: how many pairs of orders to draw for each of them, at least 2; four times as many halve the errors.
        seed: what they are drawn by.
    """

    features: int
    background: int
    pairs: int
    seed: int

    @cached_property
    def _places(self) -> np.ndarray:
        """Where each feature stands in each order, of shape [orders, features]."""
        return np.argsort(orders(self.features, self.background * self.pairs, self.seed), axis=1)

    @cached_property
    def own(self) -> np.ndarray:
        """Which features of each mixed row are the row's own, bool of shape [mixed rows, features].

        The mixed rows of an order are one below the other, and so are the orders.
        """
        steps = np.arange(1, self.features)[:, None]
        return (self._places[:, None, :] < steps).reshape(-1, self.features)

    @cached_property
    def other(self) -> np.ndarray:
        """The number of the background row that each mixed row has its other features from, of shape [mixed rows]."""
        return np.repeat(np.arange(self.background), 2 * self.pairs * (self.features - 1))

    def contributions(self, mixed: np.ndarray, background: np.ndarray, row: float) -> Contributions:
        """Returns the contributions to the score of a row.

        Args:
            mixed: the scores of its mixed rows, of shape [mixed rows].
            background: the scores of the background rows, of shape [background].
            row: its own score.
        """
        between = mixed.reshape(len(self._places), self.features - 1)
        begins, ends = np.repeat(background, 2 * self.pairs), np.full(len(between), row)
        steps = np.diff(np.column_stack([begins, between, ends]), axis=1)
        of_orders = np.take_along_axis(steps, self._places, axis=1)
        of_pairs = of_orders.reshape(self.background, self.pairs, 2, self.features).mean(axis=2)
        variances = of_pairs.var(axis=1, ddof=1) / self.pairs
        return Contributions(of_pairs.mean(axis=(0, 1)), np.sqrt(variances.mean(axis=0) / self.background))
