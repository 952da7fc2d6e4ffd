"""`turnstile serve` starts tensorflow_model_server when it is on PATH; here a script that prints its flags."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from serving.releases.control import promote
from tests.made_versions import sealed, taxi, versions
from tests.serving_flags import FLAGS


@pytest.fixture
def binary(tmp_path):
    """A folder with a tensorflow_model_server, which prints its flags, and on stderr what batching is to be like."""
    file = tmp_path / "bin" / "tensorflow_model_server"
    file.parent.mkdir()
    show = 'for flag in "$@"; do case $flag in --batching_parameters_file=*) cat "${flag#*=}" >&2;; esac; done'
    file.write_text(f'#!/bin/sh\n{show}\nprintf "%s\\n" "$@"\n')
    file.chmod(0o755)
    return file.parent


def serve(path, folder, *options):
    command = [sys.executable, "-m", "pipeline.commands.main", "serve", "--serving-dir", str(folder), *options]
    environment = os.environ | {"PATH": f"{path}:{os.environ['PATH']}"}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)


def flags_of(done):
    assert done.returncode == 0, done.stderr
    flags = dict(line.removeprefix("--").split("=", 1) for line in done.stdout.splitlines())
    assert flags.keys() <= FLAGS.keys()
    return flags


def test_it_is_given_models_config(binary, tmp_path):
    (tmp_path / "models.config").write_text("model_config_list {}")
    flags = flags_of(serve(binary, tmp_path, "--port", "9000", "--rest-api-port", "9001"))
    assert flags["model_config_file"] == str(tmp_path / "models.config")
    assert flags["allow_version_labels_for_unavailable_models"] == "true"
    assert (flags["port"], flags["rest_api_port"]) == ("9000", "9001")
    assert int(flags["model_config_file_poll_wait_seconds"]) >= 1


def test_it_is_given_the_model_when_there_is_no_models_config(binary, tmp_path):
    flags = flags_of(serve(binary, tmp_path))
    assert (flags["model_name"], flags["model_base_path"]) == ("taxi", str(tmp_path / "taxi"))


def test_it_is_given_the_batching_parameters(binary, tmp_path):
    done = serve(binary, tmp_path, "--max-batch-size", "64", "--batch-timeout-micros", "500")
    assert flags_of(done)["enable_batching"] == "true"
    assert done.stderr.endswith("max_batch_size { value: 64 }\nbatch_timeout_micros { value: 500 }\n")
    assert "enable_batching" not in flags_of(serve(binary, tmp_path, "--no-batching"))


def test_folders_of_another_machine_are_refused(binary, tmp_path):
    (tmp_path / "models.config").write_text("model_config_list {}")
    config = tmp_path / "taxi.toml"
    config.write_text(Path("configs/taxi.toml").read_text() + '\n[serving]\nbase_path = "/models"\n')
    done = serve(binary, tmp_path, "--config", str(config))
    assert done.returncode == 2
    assert "turnstile serve --local" in done.stderr


@pytest.mark.parametrize("listed", [True, False])
def test_it_is_not_started_on_a_version_that_was_changed(binary, tmp_path, listed):
    versions(tmp_path, 1, 2)
    for number in (1, 2):
        sealed(tmp_path / "taxi" / str(number))
    if listed:
        promote(taxi(tmp_path), 2)
    assert flags_of(serve(binary, tmp_path))
    (tmp_path / "taxi" / "2" / "saved_model.pb").write_text("other")
    done = serve(binary, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "taxi/2: saved_model.pb was changed, so this version is not used" in done.stderr


def test_it_is_told_to_let_pages_of_any_site_ask(binary, tmp_path):
    assert flags_of(serve(binary, tmp_path, "--cors"))["rest_api_enable_cors_support"] == "true"
    assert "rest_api_enable_cors_support" not in flags_of(serve(binary, tmp_path))


def test_it_needs_neither_schema_nor_data_nor_the_rest_of_the_config(binary, tmp_path):
    config = tmp_path / "bare.toml"
    config.write_text('name = "bare"\n[data]\npath = "gone.csv"\nschema_path = "gone.pbtxt"\n')
    assert flags_of(serve(binary, tmp_path, "--config", str(config)))["model_name"] == "bare"
