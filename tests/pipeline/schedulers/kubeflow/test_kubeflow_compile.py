"""`turnstile compile kubeflow` and `vertex`: what they write is what Kubeflow and Vertex AI read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from google.protobuf import json_format
from kfp import components
from kfp.pipeline_spec import pipeline_spec_pb2

pytestmark = pytest.mark.slow  # its functions load TFX or Beam

TURNSTILE = Path(sys.executable).with_name("turnstile")
VERTEX = """
[serving.vertex]
project = "p"
region = "europe-west4"
endpoint = "trips"
image = "europe-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"
"""
KUBEFLOW = ["kubeflow", "--image", "turnstile:1", "--volume", "serving-model:/serving_model"]
PLACE = ["--serving-dir", "/serving_model"]


def compile_(*arguments):
    """Runs the command; returns its exit code, stdout and stderr."""
    command = [TURNSTILE, "compile", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def config(folder, change=("", ""), more=""):
    file = folder / "small.toml"
    file.write_text(Path("configs/small.toml").read_text().replace(*change) + more)
    return file


@pytest.fixture(scope="module")
def yaml_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    named = config(folder, ('name = "small"', 'name = "small_trips"'))
    code, out, err = compile_(*KUBEFLOW, *PLACE, "--config", named, "-o", folder / "small.yaml")
    assert (code, out, err) == (0, f"{folder / 'small.yaml'}\n", "")
    return folder / "small.yaml"


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vertex")
    options = ["--pipeline-root", "gs://bucket/root", "--machine-type", "e2-standard-8", "--service-account", "me@p"]
    where = ["--config", config(folder, more=VERTEX), "-o", folder / "vertex.json"]
    code, out, err = compile_("vertex", "--image", "turnstile:1", *options, *where, "--json")
    assert code == 0, err
    assert json.loads(out)["url"].endswith("/v1/projects/p/locations/europe-west4/pipelineJobs")
    return json.loads((folder / "vertex.json").read_text())


def parsed(spec):
    return json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())


def test_the_spec_is_one_and_kubeflows_sdk_loads_it(yaml_file):
    text = yaml_file.read_text()
    spec, platform = yaml.safe_load_all(text)
    assert parsed(spec).pipeline_info.name == "small-trips"  # Kubeflow's names have no underscores
    assert spec["schemaVersion"] == "2.1.0"
    loaded = components.load_component_from_text(text)
    assert loaded.component_spec.inputs.keys() == {"data", "auc_min", "auc_max_drop"}
    assert loaded.component_spec.inputs["auc_min"].default == 0.85
    assert json_format.ParseDict(platform, pipeline_spec_pb2.PlatformSpec())


def test_it_has_only_what_open_source_kubeflow_runs(yaml_file):
    spec = next(yaml.safe_load_all(yaml_file.read_text()))
    executors = spec["deploymentSpec"]["executors"].values()
    assert all(executor.keys() == {"container"} for executor in executors)  # no resolver, no importer
    assert all(executor["container"].keys() == {"image", "command", "args"} for executor in executors)
    assert "InfraValidator" not in yaml_file.read_text()


def test_it_has_the_whole_graph(yaml_file):
    tasks = next(yaml.safe_load_all(yaml_file.read_text()))["root"]["dag"]["tasks"]
    assert "DataGate" in tasks["Transform"]["dependentTasks"]
    assert {"Evaluator", "ServingValidator"} <= set(tasks["Pusher"]["dependentTasks"])
    assert (
        tasks["Evaluator"]["inputs"]["artifacts"]["baseline_model"]["taskOutputArtifact"]["producerTask"] == "Baseline"
    )


def test_every_executor_has_its_platform_settings(yaml_file):
    spec, platform = yaml.safe_load_all(yaml_file.read_text())
    settings = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert settings.keys() == spec["deploymentSpec"]["executors"].keys()


def test_compiled_again_it_is_the_same(yaml_file, tmp_path):
    again = ["--config", yaml_file.with_name("small.toml"), "-o", tmp_path / "again.yaml"]
    assert compile_(*KUBEFLOW, *PLACE, *again)[0] == 0
    assert (tmp_path / "again.yaml").read_text() == yaml_file.read_text()


def test_without_a_volume_models_go_to_the_one_that_is_documented(tmp_path):
    command = ["kubeflow", "--image", "turnstile:1", "--config", "configs/small.toml", "-o", tmp_path / "small.yaml"]
    code, out, err = compile_(*command)
    assert (code, out.strip()) == (0, str(tmp_path / "small.yaml"))
    assert "models are pushed to the volume serving-model, mounted at /app/serving_model" in err
    _, platform = yaml.safe_load_all((tmp_path / "small.yaml").read_text())
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert {mount["mountPath"] for task in executors.values() for mount in task["pvcMount"]} == {"/app/serving_model"}


def test_a_validator_that_starts_a_server_is_refused(tmp_path):
    docker = config(tmp_path, more='\n[serving_validator]\nkind = "docker"\n')
    code, out, err = compile_(*KUBEFLOW, *PLACE, "--config", docker, "-o", tmp_path / "x.yaml")
    assert (code, out) == (2, "")
    assert 'set it to "local"' in err
    assert not (tmp_path / "x.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*KUBEFLOW, *PLACE, "-o", "x.json"], "Kubeflow takes only .yaml files"),
        ([*KUBEFLOW, *PLACE, "--pipeline-root", "http://x"], "expected gs:// or s3:// or minio://"),
        (["vertex", "--image", "i", "--pipeline-root", "gs://b"], "[serving.vertex] is missing"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_compiled(arguments, words):
    code, _, err = compile_(*arguments, "--config", "configs/small.toml")
    assert code == 2
    assert words in err


def test_the_vertex_request_is_a_pipeline_job(job):
    aiplatform = pytest.importorskip("google.cloud.aiplatform_v1.types")
    read = json_format.ParseDict(job, aiplatform.PipelineJob.pb()())  # refuses a field that Vertex AI does not know
    assert read.service_account == "me@p"
    assert read.runtime_config.gcs_output_directory == "gs://bucket/root"
    assert parsed(job["pipelineSpec"]).default_pipeline_root == "gs://bucket/root"


def test_on_vertex_the_model_goes_to_the_endpoint(job):
    executors = job["pipelineSpec"]["deploymentSpec"]["executors"]
    assert {executor["container"]["resources"]["cpuLimit"] for executor in executors.values()} == {8.0}
    arguments = executors["Pusher_executor"]["container"]["args"]
    assert json.loads(arguments[arguments.index("--config") + 1])["serving"]["vertex"]["endpoint"] == "trips"
    inputs = job["pipelineSpec"]["components"]["Pusher"]["inputDefinitions"]["artifacts"]
    assert inputs.keys() == {"model_blessing", "infra_blessing"}


def test_vertex_takes_artifacts_in_cloud_storage_only(tmp_path):
    options = ["--image", "i", "--pipeline-root", "s3://bucket", "--config", config(tmp_path, more=VERTEX)]
    code, _, err = compile_("vertex", *options)
    assert code == 2
    assert "--pipeline-root: expected gs:// and a bucket" in err
