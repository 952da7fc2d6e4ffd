"""Wherever a path on this machine is taken, the address of an object store is refused before anything is done."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipeline import config_file
from pipeline.commands.main import main
from turnstile.errors import UsageError

SMALL = "configs/small.toml"


@pytest.mark.parametrize("key", ["data__path", "data__schema_path", "output", "serving__dir"])
def test_a_config_has_paths_on_this_machine(key):
    with pytest.raises(UsageError, match=rf"{key.replace('__', '.')}: 's3://b/x' is .* a path on this machine\. Mount"):
        config_file.load(SMALL, check_data=False, check_schema=False, **{key: "s3://b/x"})


def test_what_is_elsewhere_may_have_an_address():
    config = config_file.load(SMALL, serving__base_path="gs://bucket/models")
    assert config.serving.base_path == "gs://bucket/models"


def commands(group=main, before=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))
        else:
            yield (*before, name), command


# Whatever a command calls so is a path, of a file or a folder.
PATHS = {
    "config_file", "data", "output", "serving_dir", "out", "log", "model", "ir_file", "input_file", "file", "outcomes",
    "log_requests", "model_config_file",
}  # fmt: skip
GIVEN = [(names, p) for names, command in commands() for p in command.params if p.name in PATHS]


@pytest.mark.parametrize(("names", "given"), GIVEN, ids=lambda x: " ".join(x) if isinstance(x, tuple) else x.name)
def test_a_command_takes_paths_on_this_machine(names, given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    value = ["gs://bucket/x"]
    arguments = [given.opts[0], *value] if isinstance(given, click.Option) else value
    result = CliRunner().invoke(main, [*names, *arguments])
    assert result.exit_code == 2
    assert "expected a path on this machine" in result.output
    assert "/gcs/bucket/x" in result.output
    assert list(Path().iterdir()) == []
