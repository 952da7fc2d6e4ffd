"""The request that starts a compiled pipeline on Vertex AI Pipelines: a PipelineJob, as its REST API takes it."""

from __future__ import annotations

import re
from typing import Any

from pipeline.config import Config
from pipeline.errors import UsageError
from pipeline.kubeflow.parameters import defaults

# Gigabytes of memory for each CPU, the same in these families of machines.
_MEMORY = {"standard": 4, "highmem": 8, "highcpu": 1}
_MACHINE = re.compile(r"(e2|n2|n2d)-(standard|highmem|highcpu)-([1-9]\d*)")


def job(
    spec: dict[str, Any], config: Config, pipeline_root: str, machine_type: str, service_account: str | None = None
) -> dict[str, Any]:
    """Returns a PipelineJob as plain values.

    Args:
        spec: the compiled pipeline.
        config: what was compiled; its values become the job's parameters, which may be edited.
        pipeline_root: where artifacts go, under gs://.
        machine_type: that every task gets, such as n2-standard-4.
        service_account: its e-mail address; by default the project's.

    Raises:
        UsageError: there is no such machine.
    """
    name = spec["pipelineInfo"]["name"]
    executors = spec["deploymentSpec"]["executors"]
    needs = resources(machine_type)
    sized = {
        label: {"container": {**executor["container"], "resources": needs}} for label, executor in executors.items()
    }
    return {
        "displayName": name,
        "pipelineSpec": {**spec, "deploymentSpec": {"executors": sized}},
        "runtimeConfig": {"gcsOutputDirectory": pipeline_root, "parameterValues": defaults(config)},
    } | ({"serviceAccount": service_account} if service_account else {})


def resources(machine_type: str) -> dict[str, Any]:
    """Returns the CPUs and the memory of a machine, which is how a task asks for one: Vertex AI picks one.

    Raises:
        UsageError: there is no such machine.
    """
    found = _MACHINE.fullmatch(machine_type)
    if not found:
        raise UsageError(
            f"--machine-type: expected e2, n2 or n2d, with standard, highmem or highcpu and a number of CPUs, such as "
            f"n2-standard-4; got '{machine_type}'"
        )
    cpus = int(found[3])
    memory = cpus * _MEMORY[found[2]]
    # By both names of these fields, as Kubeflow's own compiler writes them: the first are the older.
    return {
        "cpuLimit": float(cpus),
        "memoryLimit": float(memory),
        "resourceCpuLimit": str(cpus),
        "resourceMemoryLimit": f"{memory}G",
    }


def url(project: str, region: str) -> str:
    """Returns where the request is to be sent, by POST."""
    return f"https://{region}-aiplatform.googleapis.com/v1/projects/{project}/locations/{region}/pipelineJobs"
