"""The files with the vocabularies among a model's assets: written by Transform, read by whoever needs the words."""

from __future__ import annotations

from turnstile.places import Place

VOCABULARIES = "vocabularies"  # of all features that name something, column by column


def head(column: int) -> bytes:
    """Returns what begins each line of a column: its number. By itself, it is the line before the column's first."""
    return b"%d " % column


def read_vocabularies(assets: Place) -> list[list[bytes]]:
    """Returns the values that have a place, of each column in the order of `features`, the most frequent one first.

    Args:
        assets: the folder of the assets of Transform's graph, or of a model that it is part of.
    """
    columns: list[list[bytes]] = []
    for line in _lines(assets / VOCABULARIES):
        if line == head(len(columns)):
            columns.append([])
        else:
            columns[-1].append(line.removeprefix(head(len(columns) - 1)))
    return columns


def words_file(alias: str) -> str:
    """Returns the name of the file with the terms of a text, by their places."""
    return f"{alias}_words"


def read_words(assets: Place, alias: str) -> list[bytes]:
    """Returns the terms of a text, by their places; as read_vocabularies."""
    return _lines(assets / words_file(alias))


def _lines(file: Place) -> list[bytes]:
    return file.read_bytes().split(b"\n")[:-1]
