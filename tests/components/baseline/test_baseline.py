"""Which model a candidate is compared with: what serves, and never itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tfx.orchestration.portable import data_types
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.baseline import component
from components.baseline.component import Driver, Executor, baseline_version
from components.baseline.settings import BaselineSettings
from serving.releases import control, release_record
from serving.releases.state import read
from tests.made_versions import taxi


def saved_model(folder, weights):
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_text("graph")
    (folder / "variables" / "variables.data").write_text(weights)
    return folder


class Serving:
    """A serving folder, and candidates for it; a model is known by its weights."""

    def __init__(self, folder):
        self.folder, self.where = folder, taxi(folder / "serving")

    def candidate(self, weights):
        folder = self.folder / "candidates" / weights
        exported = Path(path_utils.serving_model_dir(str(folder)))
        return exported if exported.exists() else saved_model(exported, weights)

    def push(self, version, weights, compared_with=None, label="canary"):
        folder = saved_model(self.where.folder / str(version), weights)
        release_record.write(folder, {component.VERSION: compared_with})
        (folder / "assets.extra" / "tf_serving_warmup_requests").write_text("asked")
        if label:
            control.pushed(self.where, int(version), label, "a test")

    def baseline_of(self, weights):
        return baseline_version(self.where, self.candidate(weights))

    def inputs(self, weights):
        model = standard_artifacts.Model()
        model.uri = str(self.folder / "candidates" / weights)
        self.candidate(weights)
        return {"candidate": [model]}

    @property
    def parameters(self):
        settings = BaselineSettings(model_name="taxi", serving_dir=str(self.where.serving_dir))
        return {"settings": settings.model_dump_json()}


@pytest.fixture
def serving(tmp_path):
    return Serving(tmp_path)


def test_the_first_model_has_no_baseline(serving):
    assert serving.baseline_of("a") is None


def test_it_is_the_stable_version_and_not_the_newest(serving):
    serving.push(1, "a")  # the first is stable too
    serving.push(2, "b", compared_with=1)
    assert read(serving.where).labels == {"canary": 2, "stable": 1}
    assert serving.baseline_of("c") == 1
    control.promote(serving.where, 2, "stable", "a test")
    assert serving.baseline_of("c") == 2
    control.rollback(serving.where, "a test")
    assert serving.baseline_of("c") == 1


def test_without_labels_it_is_the_newest_version_which_is_what_tensorflow_serving_serves(serving):
    serving.push(1, "a", label=None)
    serving.push(2, "b", label=None)
    assert serving.baseline_of("c") == 2


def test_a_version_that_nobody_has_approved_is_none(serving):
    serving.push(1, "a", label=None)
    release_record.write(serving.where.folder / "1", {"thresholds": {"approval": "required"}})
    assert serving.baseline_of("c") is None
    control.approve(serving.where, 1, "none", "a test")
    assert serving.baseline_of("c") == 1


def test_a_stable_version_that_someone_removed_is_none(serving):
    serving.push(1, "a")
    serving.push(2, "b")
    shutil.rmtree(serving.where.folder / "1")
    assert serving.baseline_of("c") == 2


@pytest.mark.parametrize("before", [None, 1])
def test_a_candidate_that_serves_already_is_compared_with_what_it_was_compared_with(serving, before):
    serving.push(1, "a", compared_with=None)
    serving.push(2, "b", compared_with=before, label="stable")
    assert serving.baseline_of("b") == before


def test_a_model_that_serves_no_more_is_a_candidate_like_any_other(serving):
    serving.push(1, "a")
    serving.push(2, "b", compared_with=1, label="stable")
    assert serving.baseline_of("a") == 2


@pytest.mark.parametrize("number", ["1", "0", "00000123", str(2**63 - 1)])
@pytest.mark.parametrize("known", [True, False], ids=["by the driver", "without one"])
def test_the_version_is_copied_without_what_only_a_server_reads(serving, known, number, tmp_path):
    serving.push(number, "a")
    found = run(serving, "b", tmp_path / "out", known)
    model = Path(path_utils.serving_model_path(found.uri))
    assert {str(path.relative_to(model)) for path in model.rglob("*") if path.is_file()} == {
        "saved_model.pb",
        "variables/variables.data",
    }
    assert (component.is_empty(found), component.number(found)) == (False, int(number))


@pytest.mark.parametrize("known", [True, False], ids=["by the driver", "without one"])
def test_where_nothing_serves_the_output_is_empty(serving, known, tmp_path):
    found = run(serving, "b", tmp_path / "out", known)
    assert (component.is_empty(found), component.number(found)) == (True, None)


def test_a_version_that_is_removed_before_it_is_copied_is_none(serving, tmp_path):
    serving.push(1, "a")
    model = standard_artifacts.Model()
    model.uri = str(tmp_path / "out")
    shutil.rmtree(serving.where.folder / "1")
    Executor().Do(serving.inputs("b"), {"model": [model]}, {**serving.parameters, component.VERSION: 1})
    assert component.number(model) is None


def run(serving, weights, folder, known):
    """Runs the component; `known` says whether its driver runs first."""
    model, parameters = standard_artifacts.Model(), serving.parameters
    model.uri = str(folder)
    if known:
        asked = data_types.ExecutionInfo(input_dict=serving.inputs(weights), exec_properties=parameters)
        output = Driver(None).run(asked)
        parameters = {**parameters, component.VERSION: output.exec_properties[component.VERSION].int_value}
    Executor().Do(serving.inputs(weights), {"model": [model]}, parameters)
    return model
