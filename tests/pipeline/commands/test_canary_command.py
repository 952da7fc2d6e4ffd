"""`turnstile canary`: what is typed, what is said back, and the exit codes."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from serving.canary.looking import METRICS
from tests.made_canaries import NEW, OLD, asked, two_arms


@pytest.fixture
def canary(tmp_path):
    """Runs the command on a canary whose answers are so far off; returns its exit code and what it prints."""
    two_arms(tmp_path, max_rise=0.1)
    (tmp_path / "taxi.toml").write_text('name = "taxi"\n')

    def run(noise, *options):
        (tmp_path / "requests.jsonl").unlink(missing_ok=True)
        question = asked(tmp_path, 1500, noise)
        files = ["--log", *question.logs, "--outcomes", question.outcomes, "--key", "id", "--outcome", "paid"]
        place = ["--config", str(tmp_path / "taxi.toml"), "--serving-dir", str(tmp_path)]
        done = CliRunner().invoke(main, ["canary", *files, *place, *options])
        return done.exit_code, done.stdout

    return run


def test_a_canary_that_loses_is_retired_with_exit_code_10_and_then_there_is_none(canary):
    code, words = canary(3.0)
    assert (code, "retire: the canary is worse by more than the 0.1 that is allowed" in words) == (10, True)
    code, words = canary(3.0, "--act")
    assert (code, f"canary: {NEW} -> {OLD}" in words) == (10, True)
    code, words = canary(3.0, "--act")
    assert (code, words) == (
        0,
        "taxi: nothing to decide: there is no canary: the label leads to the stable version\n",
    )


def test_a_canary_that_wins_is_promoted_and_json_has_all_of_it(canary):
    code, words = canary(0.0, "--act", "--json")
    found = json.loads(words)
    assert (code, found["verdict"], found["metric"], found["margin"]) == (0, "promote", "log_loss", 0.1)
    assert found["outcomes"] == {"stable": 1500, "canary": 1500}
    assert found["difference"]["low"] < found["difference"]["high"] <= 0.1
    assert found["change"]["labels"] == {"stable": NEW, "canary": NEW}
    code, words = canary(0.0, "--json")
    assert (code, json.loads(words)["verdict"], json.loads(words)["change"]) == (0, "nothing", None)


def test_too_early_is_no_error_and_says_how_many_more_it_takes(canary):
    code, words = canary(0.5, "--margin", "0.001", "--act")
    assert code == 0
    assert "wait: not yet sure" in words
    assert "more outcomes of the canary" in words


def test_the_metrics_to_choose_from_are_those_that_there_are():
    (option,) = (param for param in main.commands["canary"].params if param.name == "metric")
    assert tuple(option.type.choices) == METRICS
