"""`turnstile watch`: what is typed, what is said back, and the exit codes, over runs that a stand-in makes.

tests/e2e/test_watch.py has real runs.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from pipeline.watch import single_run
from tests.pipeline.watch.test_watching import Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def watch(place, monkeypatch):
    """Types the command; returns its exit code, and what it prints."""

    def run(arguments, wait):
        place.typed = arguments
        return place.run(int(arguments[arguments.index("--span") + 1]))

    def typed(*options):
        monkeypatch.setattr(single_run, "run", run)
        where = ["--config", f"{place.folder}/config.toml", "--output", f"{place.folder}/output", "--settle", "0"]
        done = CliRunner().invoke(main, ["watch", *where, *options])
        return done.exit_code, done.stdout, done.stderr

    return typed


def test_the_run_is_as_turnstile_run_would_make_it(place, watch):
    place.arrives(7)
    code, verdicts, rest = watch("--once", "--serving-dir", "s")
    where = ["--config", f"{place.folder}/config.toml", "--output", f"{place.folder}/output", "--serving-dir", "s"]
    assert place.typed == ["run", "--json", "--span", "7", *where]
    assert (code, verdicts) == (0, "7: pushed, version 7 (run run-000-of-7)\n")
    assert rest == "Running 7\nNothing more to run. Next: 8; the newest complete span is 7\n"


def test_a_gate_that_said_no_is_the_exit_code_and_json_is_one_object(place, watch, monkeypatch):
    place.arrives(1, 2)
    place.outcomes, place.codes = {1: "data stopped"}, {1: 11}
    code, printed, _ = watch("--once", "--json")
    found = json.loads(printed)
    assert (code, [run["span"] for run in found["runs"]]) == (11, ["1", "2"])
    assert [(run["outcome"], run["exit_code"], run["version"]) for run in found["runs"]] == [
        ("data stopped", 11, None),
        ("pushed", 0, 7),
    ]
    assert found["runs"][0]["reasons"] == ["DataGate: why"]
    assert {name: found[name] for name in ("pipeline", "newest_complete", "awaited", "stopped", "notes")} == {
        "pipeline": "taxi",
        "newest_complete": "2",
        "awaited": "3",
        "stopped": None,
        "notes": [],
    }


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--since", "2015-01-01"], "counts by {SPAN}; expected an integer"),
        (["--since", "soon"], "expected an integer, or a date as YYYY-MM-DD"),
        (["--data", "trips.csv"], "data.path = 'trips.csv' has no placeholders"),
    ],
)
def test_wrong_usage_is_told_before_anything_runs(place, watch, options, told):
    place.arrives(1)
    code, printed, rest = watch("--once", *options)
    assert (code, printed, told in rest) == (2, "", True), rest


def test_without_once_it_says_what_it_waits_for(place, watch, monkeypatch):
    place.arrives(1)
    monkeypatch.setattr("threading.Event.wait", lambda self, seconds: True)  # it is ended at once
    code, _, rest = watch("--poll", "5")
    assert (code, rest.splitlines()[-1]) == (
        0,
        "Waiting for 2; the newest complete span is 1; looking every 5 s",
    )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd on this machine")
def test_the_unit_in_the_docs_is_one(tmp_path):
    (unit,) = re.findall(r"```ini\n(.*?)```", Path("docs/watch.md").read_text(), re.DOTALL)
    here = unit.replace("/srv/turnstile/.venv/bin/turnstile", sys.executable).replace("/srv/turnstile", str(tmp_path))
    (tmp_path / "turnstile-watch.service").write_text(here.replace("User=turnstile", "User=root"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "turnstile-watch.service"], capture_output=True, text=True
    )
    assert (done.returncode, "turnstile-watch" in done.stderr) == (0, False), done.stderr
