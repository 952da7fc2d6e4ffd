"""The request that starts a compiled pipeline on Vertex AI Pipelines: a PipelineJob, as its REST API takes it."""

from __future__ import annotations

import re
from typing import Any

from pipeline.config import Config
from pipeline.schedulers.kubeflow.parameters import defaults
from turnstile.errors import UsageError

# Gigabytes of memory for each CPU (Compute Engine's documentation of its machine families).
_NEWER = {"standard": 4.0, "highmem": 8.0, "highcpu": 1.0}
_MEMORY = {"n1": {"standard": 3.75, "highmem": 6.5, "highcpu": 0.9}, "e2": _NEWER, "n2": _NEWER, "n2d": _NEWER}
_MACHINE = re.compile(r"(n1|e2|n2|n2d)-(standard|highmem|highcpu)-([1-9]\d*)")


def job(
    spec: dict[str, Any], config: Config, pipeline_root: str, machine_type: str, service_account: str | None = None
) -> dict[str, Any]:
    """Returns a PipelineJob as plain values.

    Args:
        spec: the compiled pipeline.
        config: what was compiled; its values become the job's parameters, which may be edited.
        pipeline_root: where artifacts go, under gs://.
        machine_type: the type of machine that every task gets, such as n2-standard-4.
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
            "--machine-type: expected n1, e2, n2 or n2d, with standard, highmem or highcpu and a number of CPUs, such "
            f"as n2-standard-4; got '{machine_type}'"
        )
    cpus = int(found[3])
    memory = cpus * _MEMORY[found[1]][found[2]]
    # By both names of these fields, as Kubeflow's own compiler writes them: the first are the older.
    return {
        "cpuLimit": float(cpus),
        "memoryLimit": memory,
        "resourceCpuLimit": str(cpus),
        "resourceMemoryLimit": f"{memory:g}G",
    }


def url(project: str, region: str) -> str:
    """Returns where the request is to be sent, by POST."""
    return f"https://{region}-aiplatform.googleapis.com/v1/projects/{project}/locations/{region}/pipelineJobs"
