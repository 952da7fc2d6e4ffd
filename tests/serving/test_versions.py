"""The versions of a model: the folders named by a number, oldest first."""

from serving.versions import versions


def test_versions_are_in_order_of_their_number(tmp_path):
    for name in ("10", "9", "1700000000"):
        (tmp_path / name).mkdir()
    assert [path.name for path in versions(tmp_path)] == ["9", "10", "1700000000"]


def test_only_folders_named_by_a_number_are_versions(tmp_path):
    for name in ("1", "1.tmp", "tmp", "-2", ".3"):
        (tmp_path / name).mkdir()
    (tmp_path / "4").touch()
    assert versions(tmp_path) == [tmp_path / "1"]


def test_a_folder_that_is_not_there_has_no_versions(tmp_path):
    assert versions(tmp_path / "absent") == []
