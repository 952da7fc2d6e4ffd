"""The fingerprint of a stage's source changes when, and only when, that source does."""

import pytest

from pipeline import cache_key as module
from pipeline.cache_key import code_version


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_ROOT", tmp_path)
    (tmp_path / "stages").mkdir()
    for name in ("model", "trainer", "other"):
        (tmp_path / "stages" / f"{name}.py").write_text(f"name = {name!r}\n")
    return tmp_path / "stages"


@pytest.mark.parametrize(("edited", "changes"), [("model", True), ("trainer", True), ("other", False)])
def test_an_edit_changes_the_version_of_the_stage_it_is_in(source, edited, changes):
    before = code_version("stages.model", "stages.trainer")
    (source / f"{edited}.py").write_text("edited = True\n")
    assert (code_version("stages.model", "stages.trainer") != before) is changes


def test_a_package_stands_for_all_its_modules(source):
    before = code_version("stages")
    (source / "other.py").write_text("edited = True\n")
    assert code_version("stages") != before


def test_an_untouched_source_keeps_its_version(source):
    assert code_version("stages.model") == code_version("stages.model")


def test_the_modules_of_the_project_are_found():
    assert code_version("components.trainer.model") != code_version("components.trainer.training")


def test_a_module_that_is_not_there_is_an_error(source):
    with pytest.raises(FileNotFoundError, match=r"absent\.py"):
        code_version("stages.absent")
