"""`turnstile approve` and `reject`: what a person types, and what is said back."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from serving.releases import release_record
from tests.made_versions import versions


@pytest.fixture
def turnstile(tmp_path):
    """Runs a command on a model whose first version waits for approval; returns its exit code and what it prints."""
    (tmp_path / "taxi.toml").write_text('name = "taxi"\n')
    versions(tmp_path, 1)
    release_record.write(tmp_path / "taxi" / "1", {"thresholds": {"approval": "required"}})

    def run(*arguments):
        options = ["--config", str(tmp_path / "taxi.toml"), "--serving-dir", str(tmp_path)]
        done = CliRunner().invoke(main, [*arguments, *options])
        return done.exit_code, done.output

    return run


def states(turnstile):
    return {
        version["version"]: version["state"] for version in json.loads(turnstile("models", "--json")[1])["versions"]
    }


def test_a_version_that_waits_is_approved_in_writing(turnstile, tmp_path):
    assert states(turnstile) == {1: "waits for approval"}
    assert "waits for" in turnstile("models")[1]
    code, words = turnstile("promote", "1")
    assert (code, "turnstile approve 1 --why REASON" in words) == (2, True)
    for why in ([], ["--why", " "]):
        assert turnstile("approve", "1", *why)[0] == 2
    assert turnstile("approve", "1", "--why", "looked at it", "--by", "ada") == (
        0,
        "canary: none -> 1\nstable: none -> 1\nloaded: 1\n",
    )
    entry = json.loads((tmp_path / "releases.jsonl").read_text())
    assert (entry["action"], entry["why"], entry["who"].split("@")[0].split()[:2]) == (
        "approve",
        "looked at it",
        ["ada", "via"],
    )
    code, words = turnstile("reject", "1", "--why", "too late")
    assert (code, "1 does not wait for approval" in words) == (2, True)


def test_a_version_that_waits_is_rejected_in_writing(turnstile):
    assert turnstile("reject", "1", "--why", "odd") == (0, "1 is retired; it had no label\n")
    assert states(turnstile) == {1: "retired"}
