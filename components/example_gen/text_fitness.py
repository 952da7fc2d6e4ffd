"""Finds the text that is unfit for what a column of text is used for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from components.example_gen.column_types import without_words
from turnstile import times
from turnstile.columns import BOOLEANS, Want

_FLAGS = ("true", "false")
_LATE_DAY = "-(29|30|31)"  # which not every month has
_PLAIN_INTEGER = "^(0|-?[1-9][0-9]*)$"


def plain_integers(cells: pa.Array, words: Sequence[str]) -> bool:
    """Returns whether integers are written as they would be printed: "01067" is another name than "1067".

    Args:
        cells: text that can be read as integers; null for a missing value.
        words: small text that stands for a missing value.
    """
    cells, _ = without_words(cells.drop_null(), words)
    return bool(pc.all(pc.match_substring_regex(cells, _PLAIN_INTEGER), min_count=0).as_py())


def unfit(cells: pa.Array, want: Want, words: Sequence[str] = ()) -> Counter[str]:
    """Returns which text is not what a column of text must hold, with how often it is there.

    Args:
        cells: text; null for a missing value.
        want: what the column must hold.
        words: small text that stands for a missing value where no text is a name of its own.
    """
    if want is Want.FLAG:
        return _others(cells, _FLAGS)
    if want is Want.TIME:
        return _no_times(without_words(cells.drop_null(), words)[0])
    return _others(cells, ("", *words, *BOOLEANS[True], *BOOLEANS[False])) if want is Want.BOOLEAN else Counter()


def _no_times(cells: pa.Array) -> Counter[str]:
    is_time = pc.match_substring_regex(cells, times.PATTERN)
    doubtful = pc.or_(pc.invert(is_time), pc.match_substring_regex(cells, _LATE_DAY))
    counts = cells.filter(doubtful).value_counts().to_pylist()
    return Counter({one["values"]: one["counts"] for one in counts if not times.is_iso(one["values"])})


def _others(cells: pa.Array, known: Sequence[str]) -> Counter[str]:
    bare = pc.utf8_lower(pc.utf8_trim_whitespace(cells := cells.drop_null()))
    counts = cells.filter(pc.invert(pc.is_in(bare, value_set=pa.array(known)))).value_counts().to_pylist()
    return Counter({one["values"]: one["counts"] for one in counts})
