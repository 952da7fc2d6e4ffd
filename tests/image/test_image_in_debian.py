"""The image, built by its own Dockerfile in a plain Debian: what it holds, and that the pipeline runs in it."""

from __future__ import annotations

import json
import os
import sys

import pytest

from tests.image.conftest import PYTHON, output

pytestmark = pytest.mark.timeout(3000)


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


def test_a_pipeline_is_compiled_in_it(image):
    compiled = json.loads(output(image, "turnstile", "compile", "ir", "--config", "configs/small.toml", "--json"))
    assert compiled["ir"] == "output/small/ir.json"


def test_a_pipeline_is_run_in_it_to_a_pushed_version(released):
    assert released.result["blessed"]
    assert (released.folder / "taxi" / released.result["pushed_version"] / "saved_model.pb").exists()
