"""What the runner in C has to know of Unicode to find the words of a text, as ranges of code points.

JavaScript and TensorFlow know it by themselves; C knows nothing of it without a locale.
"""

from __future__ import annotations

import itertools
import sys
import unicodedata
from collections.abc import Iterable, Iterator

_SURROGATES = range(0xD800, 0xE000)


def source(needed: bool) -> list[str]:
    """Returns the definitions of the tables in C; empty tables if no text needs them."""
    letters = [chr(code) for code in range(sys.maxunicode + 1) if code not in _SURROGATES] if needed else []
    in_words = (letter for letter in letters if unicodedata.category(letter)[0] in "LN")
    ranges = {
        "WORD_LETTERS": [f"{a}, {b}" for a, b in _ranges(in_words)],
        "CASED": [f"{a}, {b}" for a, b in _ranges(filter(_is_cased, letters))],
        "CASE_IGNORABLE": [f"{a}, {b}" for a, b in _ranges(filter(_is_ignorable, letters))],
    }
    made = [line for name, elements in ranges.items() for line in _table("struct range", name, elements)]
    return [*made, *_table("struct small", "SMALL", [", ".join(map(str, run)) for run in _small(letters)])]


def _table(kind: str, name: str, elements: list[str]) -> tuple[str, str]:
    inside = ", ".join(f"{{{element}}}" for element in elements) or "{0}"
    return f"const {kind} {name}[] = {{{inside}}};", f"const int COUNT_OF_{name} = {len(elements)};"


def _is_cased(letter: str) -> bool:
    """A sigma after a cased letter, at the end of a word, is a final one."""
    return f"{letter}Σ".lower().endswith("ς")


def _is_ignorable(letter: str) -> bool:
    """What is ignorable does not end a word for a sigma: after it comes a cased letter, so that it is no final one."""
    return f"aΣ{letter}".lower()[1] == "ς" and f"aΣ{letter}a".lower()[1] == "σ"  # noqa: RUF001


def _ranges(letters: Iterable[str]) -> Iterator[tuple[int, int]]:
    for _, run in itertools.groupby(enumerate(map(ord, letters)), lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        yield codes[0], codes[-1]


def _small(letters: Iterable[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yields runs of large letters whose small ones are equally far from them: first, last, every how many, how far."""
    run: tuple[int, int, int, int] | None = None
    for letter in letters:
        small = letter.lower()
        if small == letter or len(small) > 1:  # only the dotted I becomes two
            continue
        code, distance = ord(letter), ord(small) - ord(letter)
        if run and run[3] == distance and code - run[1] in ((1, 2) if run[0] == run[1] else (run[2],)):
            run = (run[0], code, code - run[1], distance)
            continue
        if run:
            yield run
        run = (code, code, 1, distance)
    if run:
        yield run
