"""Texts in one buffer, as Arrow keeps them, and as TensorFlow's strings without a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

# TF_TStringType of ctstring_internal.h: a string whose bytes are somewhere else, and not its own.
_VIEW = 3


class Texts:
    """A column of texts, none of which is missing.

    Args:
        array: an array of Arrow's type binary or string, without nulls.
    """

    ndim = 1

    def __init__(self, array: pa.Array):
        _, offsets, self._bytes = array.buffers()
        self._offsets = np.frombuffer(offsets or b"\0\0\0\0", np.int32)[array.offset : array.offset + len(array) + 1]
        self.shape = (len(array),)

    def __len__(self) -> int:
        return self.shape[0]

    def as_views(self) -> np.ndarray:
        """Returns TF_TStrings, uint64 of shape [rows, 3], that point to the bytes; they live as long as this object.

        A view is the size with the type in the lowest two bits, and the address (TF_TString_View in
        ctstring_internal.h, which is little-endian here).
        """
        views = np.zeros((len(self), 3), np.uint64)
        views[:, 0] = (np.diff(self._offsets).astype(np.uint64) << np.uint64(2)) | np.uint64(_VIEW)
        views[:, 1] = self._offsets[:-1].astype(np.uint64) + np.uint64(self._bytes.address if self._bytes else 0)
        return views
