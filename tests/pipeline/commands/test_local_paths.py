"""A path or an address that a command or a config cannot take is refused before anything is done."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipeline import config_file
from pipeline.commands.main import main
from turnstile.errors import UsageError

SMALL = "configs/small.toml"


@pytest.mark.parametrize("key", ["data__schema_path", "output", "serving__dir"])
def test_a_config_has_paths_on_this_machine(key):
    with pytest.raises(UsageError, match=rf"{key.replace('__', '.')}: 's3://b/x' is .* a path on this machine\. Mount"):
        config_file.load(SMALL, check_data=False, check_schema=False, **{key: "s3://b/x"})


def test_data_may_be_in_a_store_of_a_kind_that_is_read():
    assert config_file.load(SMALL, check_data=False, data__path="s3://bucket/x.csv").data.path == "s3://bucket/x.csv"
    with pytest.raises(
        UsageError, match=r"data\.path: 'hdfs://bucket/x' is no address that is read; expected gs://BUCKET/PATH"
    ):
        config_file.load(SMALL, check_data=False, data__path="hdfs://bucket/x")


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
    "config_file", "output", "serving_dir", "out", "log", "model", "ir_file", "file", "outcomes",
    "log_requests", "model_config_file",
}  # fmt: skip
DATA = {"data", "input_path", "input_file"}


def given(names):
    return [(words, p) for words, command in commands() for p in command.params if p.name in names]


def invoked(names, given, value):
    arguments = [given.opts[0], value] if isinstance(given, click.Option) else [value]
    return CliRunner().invoke(main, [*names, *arguments])


def name(value):
    return " ".join(value) if isinstance(value, tuple) else value.name


@pytest.mark.parametrize(("names", "given"), given(PATHS), ids=name)
def test_a_command_takes_paths_on_this_machine(names, given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = invoked(names, given, "gs://bucket/x")
    assert result.exit_code == 2
    assert "expected a path on this machine" in result.output
    assert "/gcs/bucket/x" in result.output
    assert result.output.count("gs://bucket/x") == 1
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(("names", "given"), given(DATA), ids=name)
def test_a_command_takes_data_from_stores_of_the_kinds_that_are_read(names, given):
    result = invoked(names, given, "hdfs://bucket/x.csv")
    assert result.exit_code == 2
    assert "expected gs://BUCKET/PATH or s3://BUCKET/PATH, or a path on this machine" in result.output
    assert result.output.count("hdfs://") == 1
