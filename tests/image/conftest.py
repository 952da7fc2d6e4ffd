"""The image and what a run in it has pushed, which the tests of both Dockerfiles share."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.image.build import Build
from tests.image.plain_root import Stage

PROJECT = Path(__file__).parents[2]
PYTHON = "3.11" if sys.version_info < (3, 12) else "3.13"  # as `make image` chooses


@dataclass
class Released:
    """A run in the image: what it printed, and a copy of the folder that it has pushed to."""

    result: dict[str, Any]
    folder: Path


def output(image: Stage, *command: str) -> str:
    """Returns what `docker run IMAGE COMMAND` would print."""
    done = image.start(list(command))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def under():
    """A folder for the roots; they are gone afterwards."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.fail("needs root and debootstrap: run as root, after apt install debootstrap")
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))  # not pytest's: its last three runs are kept
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def image(under):
    """About three minutes and 9 GB."""
    return Build(PROJECT, Path("deploy/kubeflow/Dockerfile"), under, PYTHON=PYTHON).build()


@pytest.fixture(scope="session")
def released(image, under):
    """What the run has made is taken out of the image again, as it is gone when a container ends."""
    result = json.loads(output(image, "turnstile", "run", "--json"))
    folder = shutil.copytree(image.root / "app/serving_model", under / "project/serving_model")
    output(image, "sh", "-c", "rm -r output/* serving_model/*")
    return Released(result, folder)
