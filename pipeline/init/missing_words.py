"""Which text stands for a missing value, where a run would take it for a value like any other."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.init.profile import Profile

# Text that means "missing" in a column of text, too. Not "none" and "-": people choose them as an answer.
_WORDS = ("?", "na", "n/a", "#n/a", "<na>", "nan", "null", "\\n")
_CODE_LENGTH = 2  # NA among codes of two letters is Namibia, or sodium
_FEW = 3  # words in a column of numbers
_NUMBERS_A_WORD = 5  # different numbers for each of them, at least
_LONGEST = 20


def found(columns: Iterable[Profile]) -> tuple[str, ...]:
    """Returns the values that stand for a missing one, as they stand in the data."""
    return tuple(dict.fromkeys(word for column in columns for word in _in_column(column)))


def _in_column(column: Profile) -> list[str]:
    if column.is_number:
        return []
    values = [str(value) for value in column.counts]
    words = [value for value in values if value.strip().lower() in _WORDS]
    if words and all(len(value) <= _CODE_LENGTH for value in values if value != "?") and "?" not in words:
        words = []
    odd = [value for value in values if not _is_number(value)]
    numbers = len(values) - len(odd)
    if odd and len(odd) <= _FEW and numbers >= _NUMBERS_A_WORD * len(odd) and all(map(_is_word, odd)):
        return odd
    return words


def _is_word(value: str) -> bool:
    return len(value) <= _LONGEST and not any(sign.isdigit() for sign in value)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return value.strip().lower() not in _WORDS
