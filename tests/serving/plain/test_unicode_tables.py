"""Unicode for C: the tables say of every letter what Python says."""

from __future__ import annotations

import re
import sys
import unicodedata

from serving.plain import unicode_tables


def table(lines: list[str], name: str, width: int) -> list[list[int]]:
    (line,) = (line for line in lines if f" {name}[]" in line)
    numbers = [int(number) for number in re.findall(r"-?\d+", line.split("=", 1)[1])]
    return [numbers[i : i + width] for i in range(0, len(numbers), width)]


def test_small_letters_and_letters_of_words_are_those_of_python():
    lines = unicode_tables.source(True)
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    small = {
        code: code + distance
        for first, last, step, distance in table(lines, "SMALL", 4)
        for code in range(first, last + 1, step)
    }
    assert small == {ord(x): ord(x.lower()) for x in every if len(x.lower()) == 1 and x.lower() != x}
    of_words = {code for first, last in table(lines, "WORD_LETTERS", 2) for code in range(first, last + 1)}
    assert of_words == {ord(x) for x in every if unicodedata.category(x)[0] in "LN"}
    assert [x for x in every if len(x.lower()) > 1] == ["İ"]  # which words.c knows by itself


def test_a_model_without_texts_has_no_tables():
    assert sum(len(line) for line in unicode_tables.source(False)) < 500
