"""Which arm of an A/B test a row belongs to: by a hash of its key, so that a key stays in its arm."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from serving.rows.reading import Row

STABLE, CANARY = "stable", "canary"  # the arms, and the labels that they ask
ARMS = (STABLE, CANARY)

_BYTES = 8  # of a hash: shares of one in 2^64


class Arms:
    """A division of keys into two arms.

    A key's hash is a number in [0, 1), and the canary has those below its share. So keys only move from stable to
    canary when the share grows, and back when it shrinks.

    Args:
        percent: the percentage of the keys that the canary gets, between 0 and 100.
        salt: text that is hashed with the key; tests with other salts divide the same keys independently of this one.
    """

    def __init__(self, percent: float, salt: str = ""):
        self._below = percent / 100 * 2 ** (8 * _BYTES)
        self._salt = hashlib.blake2b(salt.encode()).digest()

    def arm_of(self, key: str) -> str:
        """Returns the arm of a key."""
        digest = hashlib.blake2b(key.encode(), key=self._salt, digest_size=_BYTES).digest()
        return CANARY if int.from_bytes(digest, "big") < self._below else STABLE


def key_text(value: Any) -> str | None:
    """Returns a key as text, so that 7 in JSON, 7.0 in Parquet and "7" in CSV are one; None if there is none."""
    if value is None or value == "" or value != value:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def row_as_key(row: Row) -> str:
    """Returns a text that equal rows share and others do not."""
    return json.dumps(sorted((str(name), str(value)) for name, value in row.items()))
