"""The Dockerfile: what it copies is there and sent to the builder, its versions are the project's, a linter agrees."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.image.dockerfile import context, instructions
from tools.check_machine import SUPPORTED

DOCKERFILE = Path("deploy/kubeflow/Dockerfile")
TEXT = DOCKERFILE.read_text()
LINES = instructions(TEXT)
ENTRYPOINT = "deploy/kubeflow/entrypoint.sh"


def lint(text):
    return subprocess.run([Path(sys.executable).with_name("hadolint"), "-"], input=text, capture_output=True, text=True)


def value(name):
    return next(rest for what, _, rest in LINES if what == "ARG" and rest.startswith(f"{name}=")).partition("=")[2]


def test_everything_it_copies_is_there_and_is_sent_to_the_builder():
    sources = [s for what, flags, rest in LINES if what == "COPY" and "from" not in flags for s in rest.split()[:-1]]
    assert {"requirements.lock", "components", "pipeline", "serving", "configs", "data"} <= set(sources)
    assert [source for source in sources if not Path(source).exists()] == []
    assert set(sources) <= context(Path.cwd(), DOCKERFILE)


def test_nothing_else_is_sent_to_the_builder(tmp_path):
    wanted = {"configs/a.toml", "data/a/b.csv", "components/x.py", "pipeline/y.py", "serving/z.py", "setup.py"}
    wanted |= {"pyproject.toml", "requirements.lock", ENTRYPOINT}
    others = {".git/HEAD", ".venv/bin/python", ".venv-airflow/x", "output/taxi/metadata.db", "serving_model/taxi/1/x"}
    others |= {
        "tests/test_a.py",
        "components/__pycache__/x.pyc",
        "serving/client/__pycache__/z.pyc",
        "deploy/a",
        ".env",
    }
    for path in wanted | others:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    shutil.copy(".dockerignore", tmp_path)
    sent = {path for path in context(tmp_path, DOCKERFILE) if (tmp_path / path).is_file()}
    assert sent - {".dockerignore", str(DOCKERFILE)} == wanted  # the two are always sent


def test_uv_is_that_of_the_makefile():
    assert value("UV_VERSION") == re.search(r"^UV_VERSION := (.+)$", Path("Makefile").read_text(), re.MULTILINE)[1]


def test_its_pythons_are_supported_and_each_has_the_locked_beam():
    stages = dict(reversed(rest.split(" AS ")) for what, _, rest in LINES if what == "FROM" and " AS " in rest)
    pythons = {name.removeprefix("python-") for name in stages if name.startswith("python-")}
    assert value("PYTHON") in pythons
    lock = Path("requirements.lock").read_text()
    for python in pythons:
        older = tuple(map(int, python.split("."))) < (3, 12)
        beam = re.search(rf"^apache-beam==(\S+) ; python_full_version {'<' if older else '>='} ", lock, re.MULTILINE)[1]
        assert SUPPORTED[0] <= tuple(map(int, python.split("."))) <= SUPPORTED[1]
        assert stages[f"beam-{python}"] == f"apache/beam_python{python}_sdk:{beam}"


def test_packages_are_installed_from_the_lock_by_hash():
    installs = [rest for what, _, rest in LINES if what == "RUN" and "uv pip install" in rest]
    assert "--require-hashes --requirements requirements.lock" in installs[0]
    assert all("--offline" in install for install in installs[1:])


def test_it_runs_as_the_user_that_serving_runs_as():
    serving = list(yaml.safe_load_all(Path("deploy/serving/kubernetes.yaml").read_text()))
    security = next(d for d in serving if d["kind"] == "Deployment")["spec"]["template"]["spec"]["securityContext"]
    user = [rest for what, _, rest in LINES if what == "USER"]
    assert user == [f"{security['runAsUser']}:{security['runAsGroup']}"]


def test_a_command_is_run_and_flags_alone_go_to_beams_program():
    def started(*arguments):
        return subprocess.run(["sh", ENTRYPOINT, *arguments], capture_output=True, text=True)

    assert started("echo", "--id=1").stdout == "--id=1\n"
    assert "/opt/apache/beam/boot" in started("--id=1").stderr


def test_the_linter_finds_nothing():
    assert lint(TEXT).stdout == ""


@pytest.mark.parametrize(
    ("is_", "becomes"),
    [
        ("--no-install-recommends ", ""),
        ("WORKDIR /app", "WORKDIR app"),
        ("COPY --from=builder", "COPY --from=buidler"),
        ("USER 1000:1000", "USER root"),
        ('CMD ["turnstile", "--help"]', "CMD turnstile --help"),
    ],
)
def test_the_linter_would_find_a_mistake(is_, becomes):
    assert is_ in TEXT
    assert lint(TEXT.replace(is_, becomes)).returncode == 1
