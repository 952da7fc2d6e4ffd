"""The cache key looks at what is in the files, and at nothing else."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from components.example_gen import input_record
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


@pytest.fixture
def opened(monkeypatch):
    """The files that were opened, in order; those of a test are as good as old."""
    monkeypatch.setattr(input_record, "_read", {})
    monkeypatch.setattr(input_record, "_SETTLED", 0)
    return []


def counted(opened):
    def open_(path, mode):
        opened.append(path)
        return Path(path).open(mode)

    return open_


def test_a_process_reads_a_file_once_until_it_changes(files, opened):
    first = input_record.input_file(files[0], counted(opened))
    assert input_record.input_file(files[0], counted(opened), span=3) == replace(first, span=3)
    assert opened == files[:1]
    time = Path(files[0]).stat().st_mtime_ns
    Path(files[0]).write_text("y\n1\n")
    os.utime(files[0], ns=(time, time))
    assert input_record.input_file(files[0], counted(opened)).digest != first.digest


def test_a_file_in_the_place_of_another_is_read(files, opened):
    first = input_record.input_file(files[0], counted(opened))
    Path(files[1]).replace(files[0])
    assert input_record.input_file(files[0], counted(opened)).digest != first.digest


def test_a_file_that_is_being_written_is_read_again(files, opened, monkeypatch):
    monkeypatch.setattr(input_record, "_SETTLED", 5 * 10**9)
    for _ in range(2):
        input_record.input_file(files[0], counted(opened))
    assert opened == files[:1] * 2
    monkeypatch.setattr(input_record, "_SETTLED", 0)

    def appended(path, mode):
        with Path(path).open("a") as file:
            file.write("3\n")
        return counted(opened)(path, mode)

    input_record.input_file(files[0], appended)
    input_record.input_file(files[0], counted(opened))
    assert len(opened) == 4
