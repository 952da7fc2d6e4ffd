"""Which rows of the input go to which shard: the same for the same files, whenever it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from serving.tables.files import Part, TableFile
from turnstile.errors import UsageError


@dataclass(frozen=True)
class Piece:
    """A part of a file.

    Attributes:
        path: the file's path.
        part: which part of it.
        before: how many rows of the file are before it.
    """

    path: str
    part: Part
    before: int


@dataclass(frozen=True)
class Shard:
    """Rows that are answered together, in one file.

    Attributes:
        number: its number, from 0.
        of: how many shards there are.
        pieces: where the rows are, in order.
    """

    number: int
    of: int
    pieces: tuple[Piece, ...]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(piece.part.rows for piece in self.pieces)


def shards(files: Sequence[TableFile], rows: int) -> list[Shard]:
    """Reads all files, and divides their rows.

    Args:
        files: the files, in order.
        rows: from how many rows on a shard is full. It ends where a block or row group does.

    Raises:
        UsageError: a file breaks a rule of its format, has other columns than the first, or there are no rows.
    """
    for file in files[1:]:
        _check_columns(file, files[0])
    groups: list[Sequence[Piece]] = []
    group: list[Piece] = []
    for piece in chain.from_iterable(map(_pieces, files)):
        group.append(piece)
        if sum(one.part.rows for one in group) >= rows:
            groups.append(group)
            group = []
    groups += [group] if group else []
    if not groups:
        raise UsageError(f"{files[0].path}: has no rows to predict for. Check how it was exported")
    return [Shard(number, len(groups), _joined(pieces)) for number, pieces in enumerate(groups)]


def _check_columns(file: TableFile, first: TableFile) -> None:
    lacking = [name for name in first.names if name not in file.names]
    more = [name for name in file.names if name not in first.names]
    words = [f"it lacks {', '.join(lacking)}"] * bool(lacking) + [f"it has {', '.join(more)} more"] * bool(more)
    if words:
        raise UsageError(
            f"{file.path}: its columns are not those of {first.path}: {', and '.join(words)}. "
            "Correct it, or give the files one by one, each with a folder of its own (--out)"
        )


def _pieces(file: TableFile) -> Iterator[Piece]:
    before = 0
    for part in file.parts():
        if part.rows:
            yield Piece(file.path, part, before)
        before += part.rows


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Joins the parts of one file, which are one after another."""
    joined: dict[str, Piece] = {}
    for piece in pieces:
        first = joined.get(piece.path, piece)
        rows = piece.part.rows + (first.part.rows if first is not piece else 0)
        joined[piece.path] = Piece(piece.path, Part(first.part.start, piece.part.end, rows), first.before)
    return tuple(joined.values())
