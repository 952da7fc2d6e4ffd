"""The names by which TensorFlow knows columns: those that it cannot use as they are get an alias.

A column may have any name. An input of the signature `raw`, a file of a vocabulary and a node of a graph may only have
letters of ASCII, digits and underscores in theirs, and no word that Python keeps for itself. This is the one place that
makes aliases, and that finds the columns for them.
"""

from __future__ import annotations

import hashlib
import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from turnstile.errors import UsageError

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OTHERS = re.compile(r"[^A-Za-z0-9]+")
_HASH_DIGITS = 6
_LONGEST = 60  # letters of an alias: it is part of a file's name, too


def aliases(names: Iterable[str]) -> dict[str, str]:
    """Returns the alias of each of a model's columns; the order of the names does not matter.

    "petal length (cm)" becomes petal_length_cm, and a name that needs no alias is its own. If two would be alike, or if
    there is nothing to make one of, the alias ends in digits of the name's hash.
    """
    names = list(names)
    short = Counter(_short(name) for name in names)
    alike = {name for name in names if short[_short(name)] > 1 and not _is_plain(name)}
    return {name: _unique(name) if name in alike else _short(name) for name in names}


@lru_cache(maxsize=256)  # once for each table, not for each row
def columns_of(inputs: tuple[str, ...], columns: tuple[str, ...]) -> dict[str, str]:
    """Returns which column belongs to which input of a model, by the input; what a row has no column for is left out.

    Args:
        inputs: the names of the inputs: columns, or aliases of them.
        columns: the columns of a row.

    Raises:
        UsageError: two columns may be meant by one input.
    """
    found: dict[str, str] = {}
    for column in columns:
        name = next((name for name in (column, _unique(column), _short(column)) if name in inputs), None)
        if name and name in found:
            raise UsageError(
                f"columns '{found[name]}' and '{column}' both stand for the model's input '{name}'. "
                "Take out the one that the model has not learned from"
            )
        if name:
            found[name] = column
    return found


def _is_plain(name: str) -> bool:
    return bool(_PLAIN.fullmatch(name)) and not keyword.iskeyword(name) and name != "self"


def _short(name: str) -> str:
    if _is_plain(name):
        return name
    bare = _letters(name)
    if not bare:
        return _unique(name)
    bare = bare if bare[0].isalpha() else f"column_{bare}"
    return bare if _is_plain(bare) else f"{bare}_"


def _unique(name: str) -> str:
    digits = hashlib.sha256(name.encode()).hexdigest()[:_HASH_DIGITS]
    return "_".join(filter(None, ("column" if not _letters(name)[:1].isalpha() else "", _letters(name), digits)))


def _letters(name: str) -> str:
    """The letters and digits of ASCII in a name, accents taken off, with an underscore for whatever is between them."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _OTHERS.sub("_", letters).strip("_")[:_LONGEST].strip("_")
