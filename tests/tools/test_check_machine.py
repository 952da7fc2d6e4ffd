"""What a machine lacks is told in one sentence each; a good machine hears nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.check_machine import problems

GOOD = {
    "python": (3, 11),
    "glibc": (2, 36),
    "machine": "Linux-x86_64",
    "has_compiler": True,
    "has_headers": True,
    "has_venv": True,
    "free_gib": 50.0,
}


@pytest.mark.parametrize(
    "machine",
    [
        {},
        {"glibc": None},
        {"python": (3, 12), "glibc": (2, 39)},
        {"python": (3, 13), "glibc": (2, 41)},
        {"python": (3, 12), "glibc": None},
        {"free_gib": 6.0},
    ],
)
def test_a_good_machine_has_no_problems(machine):
    assert problems(**GOOD | machine) == []


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ({"machine": "Darwin-arm64"}, ["Darwin-arm64", "Linux"]),
        ({"machine": "Linux-aarch64"}, ["Linux-aarch64", "x86-64"]),
        ({"python": (3, 10)}, ["Python 3.10", "3.11 to 3.13", "make run PYTHON=python3.11"]),
        ({"python": (3, 14), "glibc": (2, 41)}, ["Python 3.14", "3.11 to 3.13"]),
        ({"python": (3, 12)}, ["glibc 2.39", "glibc 2.36", "PYTHON=python3.11"]),
        ({"has_compiler": False}, ["g++", "apt install"]),
        ({"has_headers": False}, ["Python.h", "apt install"]),
        ({"has_venv": False}, ["venv", "apt install"]),
        ({"free_gib": 1.25}, ["1.2 GiB", "6 GiB"]),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_each_lack_is_one_problem(machine, words):
    (problem,) = problems(**GOOD | machine)
    assert [word for word in words if word not in problem] == []


def test_every_lack_is_told_at_once():
    bare = {"machine": "Darwin-arm64", "has_compiler": False, "has_headers": False, "has_venv": False, "free_gib": 0.0}
    assert len(problems(**GOOD | bare)) == len(bare)


def test_the_exit_code_says_whether_a_problem_was_told():
    script = Path(__file__).parents[2] / "tools" / "check_machine.py"
    done = subprocess.run([sys.executable, "-I", script], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode in (0, 2)
    assert all(line.startswith("turnstile: ") for line in done.stderr.splitlines())
    assert bool(done.stderr) == (done.returncode == 2)
