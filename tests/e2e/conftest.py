"""Runs of real pipelines on small data, shared by the end-to-end tests."""

from __future__ import annotations

import functools
import hashlib
import json
from contextlib import AbstractContextManager
from pathlib import Path
from unittest.mock import patch

import pytest

from pipeline import config_file
from pipeline.run.whole_run import run
from tests import made_data
from tests.made_records import schema_faults

ROWS = 3000
OUTCOMES = {"pushed": 0, "refused": 10, "undecided": 10, "data stopped": 11, "failed": 1}  # and their exit codes


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder, with a hash of its bytes; empty for a folder that is not there."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def up_to_the_data_gate() -> AbstractContextManager:
    """Ends runs at DataGate, if what a test asks is known there."""
    from pipeline.run import local_runner  # which imports TFX, and no conftest should

    return patch.object(local_runner, "run", functools.partial(local_runner.run, until="DataGate"))


class Workspace:
    """A folder with its own data, output and serving folders, in which configs are run."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.serving = folder / "serving_model"
        self.output = folder / "output"

    def config(self, text: str, **overrides):
        """Writes a config and loads it with this workspace's folders."""
        path = self.folder / "config.toml"
        path.write_text(text)
        return config_file.load(path, output=str(self.output), serving__dir=str(self.serving), **overrides)

    def run(self, text: str, engine: str = "local", **overrides):
        """Runs a config; returns the RunResult. However the run ended, its record is as the schema says."""
        config = self.config(text, **overrides)
        result = run(config, engine)
        record = json.loads((self.output / config.name / "runs" / result.run_id / "release.json").read_text())
        assert (schema_faults(record), OUTCOMES[record["outcome"]]) == ([], result.exit_code)
        return result


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture(scope="session")
def trips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first trips of the bundled data."""
    return made_data.trips(tmp_path_factory.mktemp("trips") / "trips.csv", ROWS)


@pytest.fixture(scope="session")
def small(trips: Path) -> str:
    """The text of configs/small.toml, on the first trips of the bundled data."""
    return Path("configs/small.toml").read_text().replace("data/taxi/trips.csv", str(trips))


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory, small: str):
    """A workspace in which the small config has been run once, and what came of it."""
    return _run_once(tmp_path_factory.mktemp("pushed"), small)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, small: str):
    """The same, for tests that only look at it."""
    return _run_once(tmp_path_factory.mktemp("trained"), small)


def _run_once(folder: Path, small: str):
    workspace = Workspace(folder)
    return workspace, workspace.run(small)
