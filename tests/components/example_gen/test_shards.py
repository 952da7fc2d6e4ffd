"""Small files share a shard, large ones are divided, and the order is that of the files."""

from __future__ import annotations

import pytest

from components.example_gen import shards
from components.example_gen.tables import Block


def blocks(*sizes, path="a.csv"):
    return [Block(path, sum(sizes[:i]), sum(sizes[: i + 1]), size) for i, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ({"a": 10}, [["a"]]),
        ({"a": 0}, [["a"]]),
        ({"b": 4, "a": 5, "c": 1, "d": 3}, [["a", "b", "c"], ["d"]]),
        ({"a": 25, "b": 25}, [["a"], ["b"]]),
        ({}, []),
    ],
)
def test_files_are_grouped_until_they_fill_a_shard(sizes, groups):
    assert list(shards.grouped(sizes, 10)) == groups


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [([4, 4, 4, 4], [3, 1]), ([10, 10], [1, 1]), ([25, 1], [1, 1]), ([1], [1]), ([], [])],
)
def test_blocks_are_grouped_until_they_fill_a_shard(sizes, groups):
    found = list(shards.shards(blocks(*sizes), 10))
    assert [len(shard) for shard in found] == groups
    assert [block for shard in found for block in shard] == blocks(*sizes)


def test_shards_are_ordered_by_file_and_by_place():
    made = [blocks(200, 1, path="a.csv")[:1], blocks(9, 1, path="a.csv")[1:], blocks(3, path="b.csv")]
    assert sorted([made[2], made[0], made[1]], key=shards.order) == made
