"""Which rows go to which shard."""

from __future__ import annotations

import pytest

from serving.batch import plan
from serving.tables import files
from serving.tables.files import open_table
from turnstile.errors import UsageError


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(files, "BLOCK_BYTES", 10)


def table(folder, name, content):
    (folder / name).write_text(content)
    return open_table(str(folder / name))


def made(folder, *counts):
    """Files of rows of 3 bytes, of which a block has 3."""
    return [table(folder, f"{i}.csv", "id\n" + "11\n" * count) for i, count in enumerate(counts)]


def test_shards_end_where_blocks_do_and_go_on_in_the_next_file(tmp_path):
    shards = plan.shards(made(tmp_path, 7, 0, 4), 5)
    assert [(shard.number, shard.of, shard.rows) for shard in shards] == [(0, 2, 6), (1, 2, 5)]
    rows = [[(piece.path[-5:], piece.before, piece.part.rows) for piece in shard.pieces] for shard in shards]
    assert rows == [[("0.csv", 0, 6)], [("0.csv", 6, 1), ("2.csv", 0, 4)]]
    assert plan.shards(made(tmp_path, 7, 0, 4), 5) == shards


def test_one_shard_is_enough_for_few_rows(tmp_path):
    assert [shard.rows for shard in plan.shards(made(tmp_path, 7, 4), 100)] == [11]


def test_no_rows_at_all_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"0\.csv: has no rows to predict for"):
        plan.shards(made(tmp_path, 0, 0), 5)


def test_a_file_with_other_columns_is_refused(tmp_path):
    tables = [table(tmp_path, "a.csv", "id,x\n1,2\n"), table(tmp_path, "b.csv", "id,y\n1,2\n")]
    with pytest.raises(
        UsageError, match=r"b\.csv: its columns are not those of .*a\.csv: it lacks x, and it has y more"
    ):
        plan.shards(tables, 5)
