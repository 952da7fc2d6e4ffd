"""Addresses in a store, here one whose buckets are folders of this machine; tests/stores asks real servers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from turnstile import stores
from turnstile.store_path import StorePath
from turnstile.stores import StoreError

FILES = ["a.csv", "b.csv", ".hidden.csv", "[x].csv", "2026-01/part.csv", "2026-02/part.csv", "2026-02/_SUCCESS"]


@pytest.fixture
def trips(buckets):
    """The folder gs://bucket/trips."""
    for name in FILES:
        file = buckets / "bucket/trips" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"of {name}\n" * 3)
        os.utime(file, (1.5e9, 1.5e9))
    return StorePath("gs://bucket/trips")


def names(found, folder):
    return [str(path).removeprefix(f"{folder}/") for path in found]


def test_its_parts_are_those_of_a_path():
    file = StorePath("s3://bucket/trips") / "2026-01.csv.gz"
    assert str(file) == "s3://bucket/trips/2026-01.csv.gz"
    assert (file.name, file.suffix) == ("2026-01.csv.gz", ".gz")
    assert file.parts == ("s3://bucket", "trips", "2026-01.csv.gz")
    assert (file.parent, file.resolve(), file.absolute()) == (StorePath("s3://bucket/trips"), file, file)
    assert StorePath("s3://b/1.csv") < StorePath("s3://b/2.csv")


@pytest.mark.parametrize(
    ("name", "is_file", "is_dir"),
    [("a.csv", True, False), ("2026-02", False, True), ("none", False, False), ("none/a.csv", False, False)],
)
def test_there_are_objects_and_folders_of_them(trips, name, is_file, is_dir):
    path = trips / name
    assert (path.is_file(), path.is_dir(), path.exists()) == (is_file, is_dir, is_file or is_dir)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.csv", ["[x].csv", "a.csv", "b.csv"]),
        ("?.csv", ["a.csv", "b.csv"]),
        ("[[]x].csv", ["[x].csv"]),
        ("a.csv", ["a.csv"]),
        ("none.csv", []),
        ("*/part.csv", ["2026-01/part.csv", "2026-02/part.csv"]),
        ("2026-02/*", ["2026-02/_SUCCESS", "2026-02/part.csv"]),
        ("2026-03/*", []),
        ("*/*/*", []),
    ],
)
def test_a_pattern_stands_for_the_objects_of_such_names(trips, pattern, expected):
    assert names(trips.matching(pattern), trips) == expected


def test_hidden_objects_are_found_only_if_asked_for(trips):
    assert names(trips.matching("*.csv", hidden=True), trips) == [".hidden.csv", "[x].csv", "a.csv", "b.csv"]


def test_a_listing_tells_size_and_time_so_that_nobody_asks_again(trips, monkeypatch):
    listed = trips.matching("a.csv*")
    monkeypatch.setattr(stores, "file_system", lambda *_: pytest.fail("asked again"))
    (found,) = (path.stat() for path in listed)
    assert (found.st_size, found.st_mtime, found.st_ctime, found.st_mtime_ns) == (27, 1.5e9, 1.5e9, 1.5e9 * 1e9)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])  # read ahead, and as it is
def test_an_object_is_read_from_anywhere(trips, buckets, name):
    (buckets / "bucket/trips" / name).write_bytes(bytes(range(100)))
    with (trips / name).open() as file:
        assert (file.seek(10), file.read(3), file.tell()) == (10, b"\n\x0b\x0c", 13)
        assert (file.seek(-2, 2), file.read()) == (98, b"bc")
        assert file.seek(0) == 0
        assert file.read() == bytes(range(100))
    assert file.closed


def test_what_is_written_is_read_and_said_to_be_below(trips):
    folder = trips / "2026-02"
    (folder / Path("made/empty")).touch()
    (folder / "made/text").write_text("h\u00e9")
    assert ((folder / "made/text").read_text(), (folder / "made/empty").read_bytes()) == ("h\u00e9", b"")
    assert sorted(folder.below()) == ["_SUCCESS", "made/empty", "made/text", "part.csv"]
    assert names(folder.glob("*/t*"), folder) == ["made/text"]
    assert (folder.is_relative_to(trips), trips.is_relative_to(folder)) == (True, False)
    assert not (trips / "2026-020").is_relative_to(folder)
    assert str(folder.relative_to(trips)) == "2026-02"


def test_a_folder_is_there_if_anything_is_below_it_and_is_removed_with_that(trips):
    (trips / "deep/deeper/deepest").touch()
    assert (trips / "deep").is_dir()
    (trips / "deep").remove()
    assert (trips / "deep").exists() is False
    (trips / "deep").remove()
    assert (trips / "a.csv").exists()


def test_what_is_not_there_is_told_by_its_address(trips):
    for ask in (StorePath.open, StorePath.stat, StorePath.mark):
        with pytest.raises(StoreError, match=r"^gs://bucket/trips/none: is not there\. "):
            ask(trips / "none")


def test_a_store_that_fails_in_the_middle_is_told_by_the_address(trips, monkeypatch):
    class Failing:
        def open_input_file(self, key):
            return self

        def size(self):
            return 100

        def read_at(self, length, position):
            raise OSError("connection\n reset.")

        def close(self):
            pass

    monkeypatch.setattr(stores, "file_system", lambda *_: Failing())
    for name in ("a.csv", "a.parquet"):
        with (trips / name).open() as file, pytest.raises(StoreError) as told:
            file.read(1)
        assert str(told.value).startswith(f"gs://bucket/trips/{name}: cannot be read (connection reset). Check the ")
