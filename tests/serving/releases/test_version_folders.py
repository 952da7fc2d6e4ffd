"""The versions of a model: the folders named by a number, oldest first."""

import pytest

from serving.releases.version_folders import versions


def test_versions_are_in_order_of_their_number(tmp_path):
    for name in ("10", "9", "1700000000"):
        (tmp_path / name).mkdir()
    assert [path.name for path in versions(tmp_path)] == ["9", "10", "1700000000"]


def test_only_folders_named_by_a_number_are_versions(tmp_path):
    for name in ("1", "1.tmp", "tmp", "-2", ".3"):
        (tmp_path / name).mkdir()
    (tmp_path / "4").touch()
    assert versions(tmp_path) == [tmp_path / "1"]


@pytest.mark.parametrize("name", [str(2**63), "9" * 250, "\u0663", "\uff11", "1_0", " 1", "+1", "\u00b2"])
def test_a_number_that_tensorflow_serving_cannot_read_is_no_version(tmp_path, name):
    for folder in ("7", name):
        (tmp_path / folder).mkdir()
    assert versions(tmp_path) == [tmp_path / "7"]


@pytest.mark.parametrize("name", ["0", "007", str(2**63 - 1)])
def test_every_number_that_it_can_read_is_a_version(tmp_path, name):
    (tmp_path / name).mkdir()
    assert versions(tmp_path) == [tmp_path / name]


def test_a_folder_that_is_not_there_has_no_versions(tmp_path):
    assert versions(tmp_path / "absent") == []
