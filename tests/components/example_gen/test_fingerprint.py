"""The cache key looks at what is in the files, and at nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from components.example_gen.fingerprint import fingerprint


@pytest.fixture
def files(tmp_path):
    for name, content in {"a.csv": "x\n1\n", "b.csv": "x\n2\n"}.items():
        (tmp_path / name).write_text(content)
    return sorted(str(path) for path in tmp_path.iterdir())


def key(files, split="all"):
    return fingerprint(split, files, open)


def test_it_says_how_much_there_is(files):
    assert key(files).startswith("split:all,num_files:2,total_bytes:8,blake2b:")
    assert key([]).startswith("split:all,num_files:0,total_bytes:0,blake2b:")


def test_a_touched_a_renamed_and_a_reordered_file_are_the_same(files):
    before = key(files)
    os.utime(files[0], (1, 1))
    assert key(files) == key(files[::-1]) == before
    Path(files[0]).rename(files[0] + ".csv")
    assert key([files[0] + ".csv", files[1]]) == before


def test_an_edit_that_keeps_size_and_time_is_seen(files):
    before, time = key(files), Path(files[0]).stat().st_mtime_ns
    Path(files[0]).write_text("y\n1\n")
    os.utime(files[0], ns=(time, time))
    assert key(files) != before


def test_bytes_moved_from_one_file_to_another_are_seen(files):
    before = key(files)
    for path, content in zip(files, ["x\n1\nx", "\n2\n"], strict=True):
        Path(path).write_text(content)
    assert key(files) != before


def test_each_split_has_its_own(files):
    assert key(files) != key(files, "train")


def test_a_file_of_more_than_one_chunk(files, monkeypatch):
    before = key(files)
    monkeypatch.setattr("components.example_gen.input_record._CHUNK", 3)
    assert key(files) == before
