"""One task in its container: the first, which has TFX's driver to run and the parameters to check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from pipeline import config_file
from pipeline.schedulers.kubeflow.spec import as_yaml, platform
from tests import made_data
from tests.kubeflow_local import LocalKubeflow

pytestmark = pytest.mark.slow  # its functions load TFX or Beam


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    """The pipeline with its first task alone."""
    from pipeline.schedulers.kubeflow.compile import compiled

    config = config_file.load("configs/small.toml")
    whole = compiled(config, "turnstile:1")
    whole["root"]["dag"]["tasks"] = {"ExampleGen": whole["root"]["dag"]["tasks"]["ExampleGen"]}
    file = tmp_path_factory.mktemp("spec") / "first.yaml"
    file.write_text(as_yaml(whole, platform(whole, {}, config.schedule)))
    return file


@pytest.fixture
def run(spec, tmp_path):
    def run_(**parameters):
        return LocalKubeflow(tmp_path, Path.cwd()).run(spec, **parameters)["ExampleGen"]

    return run_


def test_the_driver_finds_the_span_and_the_fingerprint(run, tmp_path):
    (tmp_path / "2026-11-22").mkdir()
    (tmp_path / "2026-11-23").mkdir()
    made_data.trips(tmp_path / "2026-11-22" / "trips.csv", 10)
    made_data.trips(tmp_path / "2026-11-23" / "trips.csv", 60)
    task = run(data=f"{tmp_path}/{{YYYY}}-{{MM}}-{{DD}}/*.csv")
    assert task.state == "succeeded", task.log
    examples = task.outputs["examples"]["metadata"]
    assert examples["custom:span"] == 20780  # days from 1970-01-01 to 2026-11-23
    assert examples["input_fingerprint"].startswith("split:all,num_files:1,")
    assert json.loads(examples["split_names"]) == ["train", "eval"]
    written = sorted(path.parent.name for path in tmp_path.glob("bucket/**/*.gz"))
    assert set(written) == {"Split-eval", "Split-train"}


def test_a_wrong_parameter_is_told_in_words_and_tried_again_no_longer_than_kubeflow_does(run):
    task = run(data="data/taxi/trips.csv", auc_max_drop=7.0)
    assert (task.state, task.exit_code) == ("failed", 2)
    (line,) = task.log.splitlines()
    assert line.startswith("turnstile: the run's parameters: release.overall.auc: max_drop = 7 can never fail")


def test_an_image_older_than_the_spec_says_so(run, spec, tmp_path):
    documents = list(yaml.safe_load_all(spec.read_text()))
    arguments = documents[0]["deploymentSpec"]["executors"]["ExampleGen_executor"]["container"]["args"]
    arguments[3] = arguments[3].replace('"cache":', '"new_key":')
    newer = tmp_path / "newer.yaml"
    newer.write_text(as_yaml(*documents))
    task = LocalKubeflow(tmp_path, Path.cwd()).run(newer)["ExampleGen"]
    assert task.exit_code == 2
    assert "turnstile: the compiled config: unknown key 'new_key'" in task.log
