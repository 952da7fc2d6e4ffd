"""What `make` refuses before it does harm."""

import shutil
import subprocess
from pathlib import Path

import pytest

LOCKS = ("requirements.lock", *(f"{folder}/requirements.lock" for folder in ("deploy/airflow", "tests/stores")))
LOCKS += ("tests/serving/litert/requirements.lock",)


@pytest.mark.parametrize(
    ("environment", "target"),
    [
        (".venv", "install"),
        (".venv-airflow", "airflow-install"),
        (".venv-stores", ".venv-stores/.installed"),
        (".venv-litert", "litert"),
    ],
)
def test_an_environment_that_is_a_link_is_left_as_it_is(tmp_path, monkeypatch, environment, target):
    shutil.copy("Makefile", tmp_path)
    monkeypatch.chdir(tmp_path)
    for file in (Path(name) for name in ("tools/check_machine.py", "setup.py", *LOCKS, "elsewhere/kept")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    if environment != ".venv":  # the others are made after it
        Path(".venv").mkdir()
        Path(".venv/.installed").touch()
    Path(environment).symlink_to("elsewhere")

    # What it would run of Python does nothing. If make runs the tests, these would say that they are below it.
    command = ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make", target, "PYTHON=true"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"turnstile: {environment} is a link" in done.stderr
    assert [file.name for file in Path("elsewhere").iterdir()] == ["kept"]
