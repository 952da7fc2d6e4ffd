"""Versions whose folders are named as others name them: with zeros before the number, or with very large numbers."""

from __future__ import annotations

import datetime

import pytest

from serving.client.base import ModelSpec
from serving.client.offline import in_serving_folder
from serving.releases import control
from serving.releases.listing import listing
from serving.releases.removal import collect
from serving.releases.state import read
from serving.releases.version_folders import LARGEST, check_next, same_number, version_folder, versions
from serving.server import loading
from serving.server.version_states import States
from tests.made_versions import taxi
from turnstile.errors import UsageError


def named(serving_dir, *names):
    for name in names:
        (serving_dir / "taxi" / name).mkdir(parents=True)
        (serving_dir / "taxi" / name / "saved_model.pb").write_bytes(b"graph")
    return taxi(serving_dir)


def test_zeros_before_a_number_are_no_part_of_it(tmp_path):
    where = named(tmp_path, "00000123", "00000124", "7")
    assert read(where).there == (7, 123, 124)
    control.promote(where, 7)
    control.promote(where, 123)
    assert version_folder(where.folder, 123) == where.folder / "00000123"
    assert in_serving_folder(tmp_path, ModelSpec("taxi")) == where.folder / "00000123"
    assert [(v.version, v.state) for v in listing(where, read(where))] == [
        (124, "pushed"), (123, "stable"), (7, "standby"),
    ]  # fmt: skip
    control.rollback(where)
    control.retire(where, 123)
    assert collect(where, keep=1).removed == (123,)
    assert [path.name for path in versions(where.folder)] == ["7", "00000124"]


def test_the_server_loads_a_folder_with_zeros(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(loading, "Servable", lambda name, version, folder: asked.append((version, folder)))
    where = named(tmp_path, "00000123")
    loader = loading.Loader(States(), lambda: None)
    loader.get("taxi", 123, where.folder)
    loader.wait()
    assert asked == [(123, where.folder / "00000123")]


def test_two_folders_of_a_number_are_told_and_not_promoted(tmp_path):
    where = named(tmp_path, "00000123", "123", "8")
    both = [where.folder / "123", where.folder / "00000123"]
    assert same_number(where.folder) == {123: both}
    assert read(where).there == (8, 123)
    with pytest.raises(UsageError, match=r"version 123 has several folders: .*/123, .*/00000123\. .* all but one"):
        control.promote(where, 123)
    control.promote(where, 8)
    (where.folder / "200").mkdir()
    assert collect(where, keep=1).removed == (123,)
    assert [path.name for path in versions(where.folder)] == ["8", "200"]


@pytest.mark.parametrize(
    ("number", "day"),
    [
        (0, None),
        (999_999_999, None),
        (1_795_852_031, "2026-11-28"),
        (1_795_852_031_123, "2026-11-28"),
        (1_795_852_031_123_456, "2026-11-28"),
        (20_261_128, None),
        (LARGEST, None),
    ],
)
def test_the_age_of_a_version_is_known_only_if_its_number_is_a_time(number, day, tmp_path):
    where = named(tmp_path, str(number))
    (found,) = listing(where, read(where))
    assert (found.pushed and found.pushed.date()) == (day and datetime.date.fromisoformat(day))
    control.promote(where, number)
    assert read(where).labels == {"stable": number}


def test_there_must_be_a_number_for_the_next_push(tmp_path):
    where = named(tmp_path, str(LARGEST - 1))
    check_next(where.folder)
    named(tmp_path, str(LARGEST))
    with pytest.raises(UsageError, match=r"/9223372036854775807: no version can have a higher number"):
        check_next(where.folder)
