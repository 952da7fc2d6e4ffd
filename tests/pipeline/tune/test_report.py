"""What a user is told of a tuning."""

from __future__ import annotations

import pytest

from pipeline import config_file
from pipeline.tune import report
from pipeline.tune.actions import Tuned

CONFIG = {"heads": 8, "batch_size": None}
BEST = {"heads": 16, "batch_size": 64}


def tuned(losses, better=False, trials=(0.5, None, 0.4)):
    told = [{"loss": loss, "values": CONFIG} for loss in trials]
    return Tuned(told, CONFIG, BEST if losses else CONFIG, losses, better)


@pytest.mark.parametrize(
    ("losses", "better", "words"),
    [
        ({}, False, "None of 3 trials has a lower loss than the config as it is."),
        ({"config": 0.5, "best": 0.4, "standard_error": 0.01}, True, "0.1000 ± 0.0100 (standard error); that is more"),
        ({"config": 0.5, "best": 0.4, "standard_error": 0.1}, False, "may be chance. The config stays as it is."),
        ({"config": 0.4, "best": 0.5, "standard_error": 0.1}, False, "no lower than with the config"),
        ({"config": None, "best": 0.5, "standard_error": None}, True, "with the best values it is"),
    ],
)  # fmt: skip
def test_the_verdict_says_whether_it_is_chance(capsys, losses, better, words):
    config = config_file.load("configs/small.toml", check_data=False)
    found = tuned(losses, better)
    report.show(found, "-a\n+b" if better else "", False, config, "c.toml")
    shown = capsys.readouterr().out
    assert words in shown
    assert ("turnstile tune --write --config c.toml" in shown) == better
    assert found.changes == (BEST if better else {})


def test_what_is_written_is_followed_by_the_command_that_trains_with_it(capsys):
    found = tuned({"config": 0.5, "best": 0.4, "standard_error": 0.01}, better=True)
    report.show(found, "+b", True, config_file.load("configs/small.toml", check_data=False), "c.toml")
    assert "turnstile run --config c.toml" in capsys.readouterr().out
