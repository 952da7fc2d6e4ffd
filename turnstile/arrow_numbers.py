"""Numbers that stand as text in Arrow's columns, read as Python reads them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def cast(cells: pa.Array, type_: pa.DataType) -> pa.Array | None:
    """Returns the cells as numbers where Arrow reads all of them, and reads them as Python does; or None.

    Arrow reads less than Python (no "1_000", no " 1"), and but two things more: "0x1f" and "nan(1)".
    """
    text = cells.buffers()[2]
    if text and any(sign in text.to_pybytes() for sign in (b"x", b"X", b"(")):
        return None
    try:
        return cells.cast(type_)
    except pa.ArrowInvalid:
        return None


def is_word(cells: pa.Array, words: Sequence[str]) -> pa.Array:
    """Returns which cells are blank or one of the words, which are small, in capital or small letters."""
    bare = pc.ascii_lower(pc.ascii_trim_whitespace(cells))
    return pc.is_in(bare, value_set=pa.array(["", *words], bare.type))


def with_points(cells: pa.Array, decimal: str) -> pa.Array:
    """Returns the cells with a point before the decimals, as csv_dialect.Dialect.number does."""
    if decimal == ".":
        return cells
    for before, after in ((".", "\0"), (",", "."), ("\0", ",")):
        cells = pc.replace_substring(cells, before, after)
    return cells
