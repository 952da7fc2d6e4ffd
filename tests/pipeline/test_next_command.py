"""The command to type next chooses the same pipeline, and a shell takes its paths as they are."""

import shlex

import pytest

from pipeline.config import Config
from pipeline.next_command import next_command


def config(**changes):
    made = {
        "name": "trips",
        "data": {"path": "trips.csv"},
        "label": {"kind": "binary", "column": "big"},
        "features": {"fare": {"kind": "numeric"}},
        "release": {"overall": {"auc": {"min": 0.9}}},
    }
    return Config.model_validate(made | changes)


@pytest.mark.parametrize(
    ("changes", "config_file", "data", "options"),
    [
        ({}, "configs/taxi.toml", None, []),
        ({}, "it's mine.toml", None, ["--config", "it's mine.toml"]),
        ({"output": "my output"}, "c.toml", None, ["--config", "c.toml", "--output", "my output"]),
        ({}, "configs/taxi.toml", "a b.csv", ["--data", "a b.csv"]),
        (
            {"data": {"path": "{SPAN}.csv", "span": 3}},
            "configs/taxi.toml",
            "{SPAN}.csv",
            ["--data", "{SPAN}.csv", "--span", "3"],
        ),
    ],
)
def test_options_that_are_not_the_default_are_repeated(changes, config_file, data, options):
    command = next_command("schema accept --replace", config(**changes), config_file, data=data)
    assert shlex.split(command) == ["turnstile", "schema", "accept", "--replace", *options]
