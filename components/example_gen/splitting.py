"""Which split a row goes to: by a hash of its text that no run, version, order or size of files changes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Between the columns of a row: ASCII's own sign for it, which text hardly contains.
_SEPARATOR = "\x1f"
# Bytes of a row's hash: of 2**64 values, a number of buckets gets shares that differ by no more than 1 in 10**17.
_HASH_BYTES = 8


@dataclass(frozen=True)
class Splits:
    """How rows are divided.

    Attributes:
        names: the names of the splits.
        buckets: how many of the hash buckets each has; empty if there is nothing to divide, for a single split.
        by: the columns whose values decide; rows with the same values stay together. Empty for the whole row.
    """

    names: tuple[str, ...]
    buckets: tuple[int, ...] = ()
    by: tuple[str, ...] = ()

    def columns(self, names: Sequence[str]) -> list[str]:
        """Returns which of a table's columns decide, in an order that does not depend on the table's.

        Raises:
            ValueError: the table lacks a column of `by`.
        """
        if unknown := sorted(set(self.by) - set(names)):
            raise ValueError(f"split by '{unknown[0]}': there is no such column; there are: {', '.join(names)}")
        return sorted(self.by or names)

    def of(self, columns: Sequence[pa.Array]) -> np.ndarray:
        """Returns the position of the split in `names` for each row.

        Args:
            columns: text of the deciding columns, in the order of self.columns; null for a missing value.
        """
        ends = np.array(list(accumulate(self.buckets)), np.uint64)
        return np.searchsorted(ends, hashes(columns) % ends[-1], side="right")


def hashes(columns: Sequence[pa.Array]) -> np.ndarray:
    """Returns the first 8 bytes of BLAKE2b, as little-endian integers, of the joined text of each row.

    A loop over a C function beats arithmetic on arrays: 1 microsecond a row of 100 bytes, against 5.
    """
    binary = [column.cast(pa.large_binary()) for column in columns]
    separator = pa.scalar(_SEPARATOR.encode(), pa.large_binary())
    joined = pc.binary_join_element_wise(*binary, separator, null_handling="replace")
    rows = joined.to_numpy(zero_copy_only=False)
    digest = hashlib.blake2b
    return np.frombuffer(b"".join([digest(row, digest_size=_HASH_BYTES).digest() for row in rows]), "<u8")
