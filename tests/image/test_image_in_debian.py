"""The image, built by its own Dockerfile in a plain Debian: what it holds, and that the pipeline runs in it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tests.image.plain_root import Build, Stage

pytestmark = pytest.mark.timeout(3000)
PROJECT = Path(__file__).parents[2]
PYTHON = "3.11" if sys.version_info < (3, 12) else "3.13"  # as `make image` chooses
SMALL = ["--config", "configs/small.toml", "--json"]


@pytest.fixture(scope="module")
def image():
    """About three minutes and 8 GB, which are gone afterwards."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.fail("needs root and debootstrap: run as root, after apt install debootstrap")
    folder = tempfile.mkdtemp(dir="/var/tmp")  # not pytest's: its last three runs are kept
    try:
        yield Build(PROJECT, Path("deploy/kubeflow/Dockerfile"), Path(folder), PYTHON=PYTHON).build()
    finally:
        shutil.rmtree(folder)


def output(image: Stage, *command: str) -> str:
    done = image.start(list(command))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_has_the_stack_of_this_environment(image):
    versions = json.loads(output(image, "turnstile", "version", "--json"))
    ours = json.loads(os.popen(f"{sys.executable} -m pipeline.commands.main version --json").read())
    assert versions.pop("python").startswith(f"{PYTHON}.")
    assert versions == {name: ours[name] for name in versions}


def test_it_runs_as_a_user_who_can_write_results_only(image):
    assert output(image, "id", "-u") == "1000\n"
    assert output(image, "sh", "-c", "find / -xdev -writable -type d ! -path '/proc/*' | sort").split() == [
        *("/app/output", "/app/serving_model", "/home/turnstile", "/run/lock", "/tmp", "/var/tmp")
    ]


def test_it_holds_neither_compilers_nor_development_tools_nor_caches(image):
    assert [
        t for t in ("g++", "gcc", "uv", "pytest", "ruff", "mypy") if image.start(["which", t]).returncode == 0
    ] == []
    assert output(image, "sh", "-c", "ls -A /var/lib/apt/lists /root/.cache 2>/dev/null || true").split("\n")[1:] == [
        ""
    ]


def test_the_environment_is_consistent(image):
    assert "No broken requirements" in output(image, "python", "-m", "pip", "check")


def test_beams_flags_start_beams_worker(image):
    assert output(image, "--id=1-1", "--provision_endpoint=localhost:1") == (
        "boot --id=1-1 --provision_endpoint=localhost:1\n"
    )


def test_a_pipeline_is_compiled_and_run_in_it_to_a_pushed_version(image):
    compiled = json.loads(output(image, "turnstile", "compile", "ir", *SMALL))
    assert compiled["ir"] == "output/small/ir.json"
    result = json.loads(output(image, "turnstile", "run", *SMALL))
    assert result["blessed"]
    assert result["pushed_version"] in output(image, "ls", "serving_model/small").split()
