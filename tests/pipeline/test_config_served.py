"""Who serves models or asks them needs a name and [serving]: no data, no schema, no other section."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.config_file import load_served
from turnstile.errors import UsageError

WHOLE = Path("configs/taxi.toml").resolve()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A folder with neither data nor schema."""
    monkeypatch.chdir(tmp_path)


def write(text):
    Path("some.toml").write_text(text)
    return "some.toml"


def test_a_whole_config_is_read_where_its_schema_and_data_are_not():
    assert load_served(WHOLE).name == "taxi"


def test_two_lines_are_enough():
    found = load_served(write('name = "flowers"\nserving.base_path = "/models"'), "elsewhere")
    assert (found.name, found.serving.dir, found.serving.base_path) == ("flowers", "elsewhere", "/models")


def test_the_other_sections_need_not_be_right():
    assert load_served(write('name = "a"\n[data]\nnothing = 1\n[features]\nx = 3')).name == "a"


def test_what_stands_for_a_missing_value_is_read_too():
    assert load_served(write('name = "a"\n[data]\npath = "gone.csv"\nnull_values = ["?"]')).data.null_values == ("?",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["name: is required"]),
        ('name = "No"', ["name:", "'No'"]),
        ('name = "a"\n[servin]\ndir = "x"', ["unknown key 'servin'", "Did you mean 'serving'?"]),
        ('name = "a"\n[serving]\ndri = "x"', ["serving:", "'dri'", "Did you mean 'dir'?"]),
        ('name = "a"\nserving = 3', ["serving:"]),
        ('name = "a"\n[data]\nnull_values = 3', ["data.null_values:"]),
        ("name = ", ["not valid TOML"]),
    ],
)
def test_what_it_needs_must_be_right(text, words):
    with pytest.raises(UsageError) as error:
        load_served(write(text))
    assert all(word in str(error.value) for word in ["some.toml", *words])


def test_predict_asks_a_model_without_any_config():
    """As far as the model, which is not there either."""
    Path("rows.jsonl").write_text("{}\n")
    command = [sys.executable, "-m", "pipeline.commands.main", "predict", "rows.jsonl", "--model", "some/export"]
    environment = os.environ | {"PYTHONPATH": str(WHOLE.parent.parent)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, "some/export: no SavedModel here" in done.stderr) == (2, True)
