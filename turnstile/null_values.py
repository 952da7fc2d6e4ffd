"""Which text stands for a missing value: the same when a model learns, when it is checked, and when it is asked.

An empty cell is always missing. In a column of numbers, so are blanks and the words below, in capital or small letters.
In a column of text a word may be a value ("None" is an answer, "NA" is Namibia), so it is one, unless `null_values`
under [data] of the config lists it: what is listed there is missing in every column, as it stands in the file.
"""

from __future__ import annotations

import math

# How a value that is not there is spelled in a dense tensor, in the graph of Transform and in requests alike.
MISSING_TEXT, MISSING_INT, MISSING_FLOAT = "", -(2**63), math.nan

WORDS = ("na", "n/a", "#n/a", "<na>", "nan", "-nan", "null", "none", "-", "--", "\\n")


def is_word(text: str) -> bool:
    """Returns whether text stands for a missing number."""
    return (bare := text.strip().lower()) in WORDS or not bare
