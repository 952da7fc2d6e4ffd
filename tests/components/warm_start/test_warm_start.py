"""Which model Trainer begins with: the one that serves, unless it learned the same rows, and never a strange one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tfx.orchestration.portable import data_types
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.warm_start import component
from components.warm_start.component import Driver, Executor, version_to_begin_with
from components.warm_start.settings import WarmStartSettings
from serving.releases import control, digests, release_record
from tests.made_versions import taxi

CONFIG = {"features": {"fare": {"kind": "numeric"}}, "label": {"kind": "binary", "column": "tips"}, "name": "taxi"}


class Serving:
    """A serving folder whose versions say what they were trained on, and what they began with."""

    def __init__(self, folder):
        self.folder, self.where = folder, taxi(folder / "serving")

    def push(self, version, fingerprint, began_with=None):
        folder = self.where.folder / str(version)
        (folder / "variables").mkdir(parents=True)
        (folder / "saved_model.pb").write_text("graph")
        record = {
            "data": {"fingerprint": fingerprint},
            "training": {"started_from": {"version": began_with, "why_not": ""}},
            "config": CONFIG,
        }
        release_record.write(folder, record | {digests.KEY: digests.of(folder)})
        control.pushed(self.where, version, "stable", "a test")
        return folder

    def begins_with(self, fingerprint):
        return version_to_begin_with(self.where, fingerprint)

    def copied(self, fingerprint, known=True, **settings):
        """Runs the component; `known` says whether its driver runs first."""
        examples, model = standard_artifacts.Examples(), standard_artifacts.Model()
        examples.set_string_custom_property("input_fingerprint", fingerprint)
        model.uri = str(self.folder / f"out-{fingerprint}-{known}")
        told = WarmStartSettings(model_name="taxi", serving_dir=str(self.where.serving_dir), **settings)
        given, inputs = {"settings": told.model_dump_json()}, {"examples": [examples]}
        if known:
            output = Driver(None).run(data_types.ExecutionInfo(input_dict=inputs, exec_properties=given))
            given |= {component.PARAMETER: output.exec_properties[component.PARAMETER].int_value}
        Executor().Do(inputs, {"model": [model]}, given)
        there = Path(path_utils.serving_model_path(model.uri)).exists()
        return there, json.loads((Path(model.uri) / component.FILE).read_text())


@pytest.fixture
def serving(tmp_path):
    return Serving(tmp_path)


def test_it_is_the_version_that_serves_and_for_the_same_rows_what_that_one_began_with(serving):
    assert serving.begins_with("a") is None
    serving.push(1, "a")
    assert serving.begins_with("a") is None
    assert serving.begins_with("b") == 1
    serving.push(2, "b", began_with=1)
    assert serving.begins_with("b") == 1
    assert serving.begins_with("c") == 2
    control.rollback(serving.where, "a test")
    assert serving.begins_with("c") == 1


@pytest.mark.parametrize("known", [True, False], ids=["by the driver", "without one"])
def test_the_version_is_copied_with_its_columns(serving, known):
    serving.push(1, "a")
    there, told = serving.copied("b", known)
    columns = {name: CONFIG[name] for name in ("features", "label")}
    assert (there, told) == (True, {"version": 1, "columns": columns, "why_not": ""})


@pytest.mark.parametrize("known", [True, False], ids=["by the driver", "without one"])
def test_where_nothing_serves_there_is_none(serving, known):
    assert serving.copied("b", known) == (
        False,
        {"version": None, "columns": None, "why_not": "no version serves yet"},
    )


def test_a_version_that_was_altered_or_is_not_signed_is_left_alone(serving, tmp_path):
    serving.push(1, "a")
    from serving.releases import signatures

    _, public = signatures.new_pair(tmp_path / "keys")
    there, told = serving.copied("b", verify_with=str(public))
    assert (there, told["version"], "has no signature" in told["why_not"]) == (False, None, True)
    (serving.where.folder / "1" / "saved_model.pb").write_text("another graph")
    there, told = serving.copied("c")
    assert (there, told["version"], "saved_model.pb" in told["why_not"]) == (False, None, True)
