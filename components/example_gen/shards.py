"""Which rows are written to one file: enough for a worker's turn in the stages that read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from components.example_gen.tables import Block

# Input bytes that are parsed, encoded and written at a time: what bounds memory. Below a quarter of this, the calls
# cost more than their work; above it, nothing gets faster.
BLOCK_BYTES = 1 << 20
# Input bytes of a shard, the unit that workers share, here and in the stages that read it (a gzipped file cannot be
# divided): about 100,000 rows, 10 CPU seconds of StatisticsGen. Fewer would leave workers idle at the end of a
# stage, more would be files and hand-overs for nothing.
SHARD_BYTES = 16 << 20


def grouped(sizes: dict[str, int], shard_bytes: int) -> Iterator[list[str]]:
    """Yields the files in order, so many together that each group, perhaps but the last, fills a shard.

    Args:
        sizes: bytes of each file.
        shard_bytes: the size of a shard.
    """
    group: list[str] = []
    for path in sorted(sizes):
        group.append(path)
        if sum(sizes[p] for p in group) >= shard_bytes:
            yield group
            group = []
    if group:
        yield group


def shards(blocks: Iterable[Block], shard_bytes: int) -> Iterator[tuple[Block, ...]]:
    """Yields the blocks in order, so many together that each group, perhaps but the last, fills a shard."""
    group: list[Block] = []
    for block in blocks:
        group.append(block)
        if sum(b.size for b in group) >= shard_bytes:
            yield tuple(group)
            group = []
    if group:
        yield tuple(group)


def order(shard: Sequence[Block]) -> tuple[str, int]:
    """Returns where a shard stands among the others, whichever was written first."""
    return shard[0].path, shard[0].start
