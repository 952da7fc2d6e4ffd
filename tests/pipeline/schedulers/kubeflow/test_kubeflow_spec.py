"""What is made of the spec that TFX compiles: commands, parameters, retries, volumes."""

from __future__ import annotations

import copy
import json

import pytest
import yaml

from pipeline import config_file
from pipeline.config import Config
from pipeline.schedule import ScheduleConfig
from pipeline.schedulers.kubeflow.parameters import defaults
from pipeline.schedulers.kubeflow.spec import adapted, as_yaml, platform


def task(id_, inputs=None, **more):
    return {"taskInfo": {"name": id_}, "componentRef": {"name": id_}, "cachingOptions": {"enableCache": True}} | (
        {"inputs": {"artifacts": inputs or {}, "parameters": {"frozen": {"runtimeValue": {"constant": "x"}}}}} | more
    )


def component(id_, inputs=(), outputs=()):
    return {
        "executorLabel": f"{id_}_executor",
        "inputDefinitions": {
            "artifacts": {name: {"artifactType": {}} for name in inputs},
            "parameters": {"frozen": {"parameterType": "STRING"}},
        },
        "outputDefinitions": {"artifacts": {name: {"artifactType": {}} for name in outputs}},
    }


def container(**more):
    return {"container": {"image": "i", "command": ["tfx"], "args": ["--executor_class_path", "x"], **more}}


COMPILED = {
    "pipelineInfo": {"name": "small"},
    "schemaVersion": "2.1.0",
    "root": {"dag": {"tasks": {"ExampleGen": task("ExampleGen"), "DataGate": task("DataGate", {"statistics": {}})}}},
    "components": {
        "ExampleGen": component("ExampleGen", outputs=["examples"]),
        "DataGate": component("DataGate", ["statistics", "schema"], ["blessing"]),
    },
    "deploymentSpec": {
        "executors": {
            "ExampleGen_executor": container(lifecycle={"preCacheCheck": {"command": ["driver"]}}),
            "DataGate_executor": container(),
        }
    },
}


@pytest.fixture
def config():
    return config_file.load("configs/small.toml")


@pytest.fixture
def spec(config):
    return adapted(copy.deepcopy(COMPILED), config, "s3://bucket/root")


def test_tasks_run_our_entry_point_with_the_paths_kubeflow_knows(spec, config):
    run = spec["deploymentSpec"]["executors"]["DataGate_executor"]["container"]
    assert run["command"] == ["python", "-m", "pipeline.schedulers.kubeflow.task"]
    arguments = run["args"]
    assert arguments[:2] == ["--node", "DataGate"]
    assert Config.model_validate(json.loads(arguments[3])) == config
    assert arguments[4:] == [
        *("--executor-input", "{{$}}"),
        *("--input", "schema", "{{$.inputs.artifacts['schema'].path}}"),
        *("--input", "statistics", "{{$.inputs.artifacts['statistics'].path}}"),
        *("--output", "blessing", "{{$.outputs.artifacts['blessing'].path}}"),
    ]


def test_no_hook_and_no_frozen_parameter_is_left(spec):
    assert "lifecycle" not in str(spec)
    assert "frozen" not in str(spec)
    assert "executor_class_path" not in str(spec)


def test_every_task_gets_every_parameter_and_the_runs_name(spec, config):
    names = defaults(config).keys()
    for id_, one in spec["root"]["dag"]["tasks"].items():
        given = one["inputs"]["parameters"]
        assert {name: given[name] for name in names} == {name: {"componentInputParameter": name} for name in names}
        assert given["run_id"] == {"runtimeValue": {"constant": "{{$.pipeline_job_uuid}}"}}
        assert spec["components"][id_]["inputDefinitions"]["parameters"].keys() == given.keys()
    assert spec["root"]["dag"]["tasks"]["DataGate"]["inputs"]["artifacts"] == {"statistics": {}}


def test_the_pipelines_parameters_have_the_configs_values(spec):
    found = spec["root"]["inputDefinitions"]["parameters"]
    assert {name: (one["parameterType"], one["defaultValue"]) for name, one in found.items()} == {
        "data": ("STRING", "data/taxi/trips.csv"),
        "auc_min": ("NUMBER_DOUBLE", 0.85),
        "auc_max_drop": ("NUMBER_DOUBLE", 0.05),
    }


def test_nothing_is_cached(spec):
    assert "cachingOptions" not in str(spec)


def test_a_task_is_retried_and_a_gate_is_not(spec):
    tasks = spec["root"]["dag"]["tasks"]
    assert tasks["ExampleGen"]["retryPolicy"] == {
        "maxRetryCount": 2,
        "backoffDuration": "60s",
        "backoffFactor": 1.0,
        "backoffMaxDuration": f"{3 * (120 * 60 + 60)}s",  # as long as three attempts can take
    }
    assert "retryPolicy" not in tasks["DataGate"]


def test_without_retries_there_is_no_policy(config):
    never = config.model_copy(update={"schedule": ScheduleConfig(retries=0)})
    assert "retryPolicy" not in str(adapted(copy.deepcopy(COMPILED), never))


def test_the_root_of_artifacts_is_kubeflows_own_unless_given(spec, config):
    assert spec["defaultPipelineRoot"] == "s3://bucket/root"
    assert "defaultPipelineRoot" not in adapted(copy.deepcopy(COMPILED), config)


def test_every_task_gets_the_volumes_and_a_deadline(spec):
    found = platform(spec, {"/serving_model": "serving-model"}, ScheduleConfig(stage_minutes=5))
    assert found["platforms"]["kubernetes"]["deploymentSpec"]["executors"] == {
        label: {
            "activeDeadlineSeconds": "300",
            "pvcMount": [
                {
                    "mountPath": "/serving_model",
                    "constant": "serving-model",
                    "pvcNameParameter": {"runtimeValue": {"constant": "serving-model"}},
                }
            ],
        }
        for label in ("ExampleGen_executor", "DataGate_executor")
    }


def test_the_yaml_has_both_documents_and_no_aliases(spec):
    text = as_yaml(spec, platform(spec, {"/m": "c"}, ScheduleConfig()))
    assert list(yaml.safe_load_all(text)) == [spec, platform(spec, {"/m": "c"}, ScheduleConfig())]
    assert "&id" not in text
