"""The request that starts a pipeline on Vertex AI."""

from __future__ import annotations

import pytest

from pipeline import config_file
from pipeline.schedulers.kubeflow.vertex import job, resources, url
from turnstile.errors import UsageError

SPEC = {
    "pipelineInfo": {"name": "small"},
    "deploymentSpec": {"executors": {"a": {"container": {"image": "i"}}, "b": {"container": {"image": "i"}}}},
}


@pytest.fixture
def config():
    return config_file.load("configs/small.toml")


def test_the_job_says_where_with_what_and_as_whom(config):
    found = job(SPEC, config, "gs://bucket/root", "n2-standard-4", "runner@p.iam.gserviceaccount.com")
    assert found["displayName"] == "small"
    assert found["runtimeConfig"]["gcsOutputDirectory"] == "gs://bucket/root"
    assert found["runtimeConfig"]["parameterValues"] == {
        "data": "data/taxi/trips.csv",
        "auc_min": 0.85,
        "auc_max_drop": 0.05,
    }
    assert found["serviceAccount"] == "runner@p.iam.gserviceaccount.com"


def test_every_task_asks_for_the_machines_cpus_and_memory(config):
    found = job(SPEC, config, "gs://bucket/root", "n2-highmem-8")["pipelineSpec"]["deploymentSpec"]["executors"]
    for executor in found.values():
        assert executor["container"]["image"] == "i"
        assert executor["container"]["resources"] == {
            "cpuLimit": 8.0,
            "memoryLimit": 64.0,
            "resourceCpuLimit": "8",
            "resourceMemoryLimit": "64G",
        }


def test_without_a_service_account_the_project_chooses(config):
    assert "serviceAccount" not in job(SPEC, config, "gs://bucket/root", "e2-highcpu-16")


@pytest.mark.parametrize("machine", ["n2-standard", "n2-standard-0", "a2-highgpu-1g", "standard-4"])
def test_a_machine_that_is_not_known_is_refused(machine):
    with pytest.raises(UsageError, match=r"such as n2-standard-4; got"):
        resources(machine)


def test_the_address_has_project_and_region():
    assert url("p", "europe-west4") == (
        "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/pipelineJobs"
    )
