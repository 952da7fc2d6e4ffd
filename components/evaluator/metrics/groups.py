"""Which of the groups each row falls into that the intervals of metrics are made of: by its content alone.

So the same rows give the same groups in whatever order and in however many files they come, and both models are judged
on the same ones. Copies of a row are in one group: ten copies, such as a join or a retried delivery makes them, tell no
more about a model than the row itself.
"""

from __future__ import annotations

import hashlib
import math

# Of so many groups, the standard error of a metric is itself known to a tenth (a chi-squared of 49 degrees of freedom);
# and each takes a float for each metric in the results.
GROUPS = 50
COLUMN = "_group"  # among the features of an example, where TFMA's metrics find it


def group_of(example: bytes) -> int:
    """Returns the group of a row, from 0 to GROUPS - 1.

    Args:
        example: the serialized tf.train.Example, its columns always in the same order.

    """
    return int.from_bytes(hashlib.blake2b(example, digest_size=8).digest(), "little") % GROUPS


def different_rows(occupied: float) -> float:
    """Returns about how many different rows there are, by the groups that have any; infinitely many if all have.

    Args:
        occupied: the number of these groups.
    """
    if occupied >= GROUPS:
        return math.inf
    return max(math.log(1 - occupied / GROUPS) / math.log(1 - 1 / GROUPS), 1.0)
