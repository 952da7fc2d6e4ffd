"""What all tests share: quiet logs, and a marker for whatever loads TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.heavy_imports import loads_them

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Folders of tests that have a marker of that name and a target of their own in the Makefile.
_ON_DEMAND = {"browser", "schedulers", "image", "database", "stores", "cluster"}
_TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of what is generated to try: few by default, for they are a part of every `make test`."""
    parser.addoption("--hostile-tables", type=int, default=10, help="Number of generated tables to run.")


def _is_slow(path: Path) -> bool:
    return path.relative_to(_TESTS).parts[0] in _ON_DEMAND | {"e2e", "hostile"} or loads_them(path)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Does not even import the slow files when they are not wanted: that alone takes longer than the fast tests."""
    wanted = config.option.markexpr != "not slow" or collection_path.suffix != ".py" or not _is_slow(collection_path)
    return None if wanted else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _is_slow(item.path):
            item.add_marker(pytest.mark.slow)
        if (folder := item.path.relative_to(_TESTS).parts[0]) in _ON_DEMAND:
            item.add_marker(folder)


@pytest.fixture(autouse=True)
def in_project_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configs name their data relative to the project's root."""
    monkeypatch.chdir(Path(__file__).parent.parent)


@pytest.fixture
def buckets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose folders are the buckets of every object store."""
    from pyarrow import fs

    from turnstile import stores

    folder = tmp_path / "buckets"
    folder.mkdir()
    there = fs.SubTreeFileSystem(str(folder), fs.LocalFileSystem())

    class Buckets:
        """Writes an object as a store does, where no folder has to be made first."""

        def __getattr__(self, name: str) -> Any:
            return getattr(there, name)

        def open_output_stream(self, key: str) -> Any:
            there.create_dir(key.rpartition("/")[0])
            return there.open_output_stream(key)

    monkeypatch.setattr(stores, "file_system", lambda scheme, bucket: Buckets())
    return folder
