"""Makes what TFX compiles a spec that open-source Kubeflow runs as this pipeline is meant to run.

TFX's compiler knows the graph and the artifacts. Its tasks would run TFX's own entry point, which takes no notice of a
gate's "no", with parameters frozen at compile time; ExampleGen would need a hook that open-source Kubeflow does not
run. Here each task gets our entry point, pipeline/schedulers/kubeflow/task.py, and the pipeline's parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from pipeline.config import Config
from pipeline.schedule import ScheduleConfig
from pipeline.schedulers.kubeflow.parameters import DATA, SPAN, defaults
from turnstile.gates import GATES

COMMAND = ("python", "-m", "pipeline.schedulers.kubeflow.task")
RUN_ID = "run_id"  # a parameter of every task, which Kubeflow fills in
_RUN_ID_PLACEHOLDER = "{{$.pipeline_job_uuid}}"

Spec = dict[str, Any]


def adapted(spec: Spec, config: Config, pipeline_root: str | None = None) -> Spec:
    """Returns the spec with our entry point, parameters and retries.

    Args:
        spec: what TFX's runner compiled, version 2.1, as plain values.
        config: the config that was compiled; it becomes part of every task's command.
        pipeline_root: where artifacts go by default, a URI; without it, Kubeflow's own choice.
    """
    values = defaults(config)
    tasks, components = spec["root"]["dag"]["tasks"], spec["components"]
    executors = spec["deploymentSpec"]["executors"]
    root = {**spec["root"], "inputDefinitions": {"parameters": {n: _root_parameter(n, v) for n, v in values.items()}}}
    root["dag"] = {"tasks": {id_: _task(id_, task, values, config.schedule) for id_, task in tasks.items()}}
    return {
        **spec,
        "root": root,
        "components": {id_: _component(component, values) for id_, component in components.items()},
        "deploymentSpec": {
            "executors": {
                component["executorLabel"]: _executor(id_, component, executors[component["executorLabel"]], config)
                for id_, component in components.items()
            }
        },
    } | ({"defaultPipelineRoot": pipeline_root} if pipeline_root else {})


def platform(spec: Spec, volumes: Mapping[str, str], schedule: ScheduleConfig) -> Spec:
    """Returns what only Kubeflow on Kubernetes understands: the volumes of every task, and when one is taken for hung.

    Args:
        spec: an adapted one.
        volumes: persistent volume claims by the path each is mounted at.
        schedule: says how long a task may take.
    """
    mounts = [
        # Both names of the field: backends from before 2.5 know the first only, later ones call it deprecated.
        {"mountPath": path, "constant": claim, "pvcNameParameter": {"runtimeValue": {"constant": claim}}}
        for path, claim in volumes.items()
    ]
    task = {"activeDeadlineSeconds": str(60 * schedule.stage_minutes), **({"pvcMount": mounts} if mounts else {})}
    executors = dict.fromkeys(spec["deploymentSpec"]["executors"], task)
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def as_yaml(*documents: Spec) -> str:
    """Returns the documents as one YAML text, in which nothing stands for something elsewhere."""
    return yaml.dump_all(documents, Dumper=_NoAliases, sort_keys=True, width=120)


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _root_parameter(name: str, value: str | float) -> Spec:
    what = {
        DATA: "A .csv or .parquet file, a folder, or a path with {SPAN}, as a task's container sees it.",
        SPAN: "Of data by day, a date as YYYY-MM-DD; by number, an integer; empty for the latest.",
    }
    description = what.get(name, f"release.overall of the config: {name}")
    return {"parameterType": _type(value), "defaultValue": value, "isOptional": True, "description": description}


def _type(value: str | float) -> str:
    return "STRING" if isinstance(value, str) else "NUMBER_DOUBLE"


def _task(id_: str, task: Spec, values: Mapping[str, str | float], schedule: ScheduleConfig) -> Spec:
    """A task with every parameter: so a wrong value fails the first task, before anything is trained."""
    given: Spec = {name: {"componentInputParameter": name} for name in values}
    given[RUN_ID] = {"runtimeValue": {"constant": _RUN_ID_PLACEHOLDER}}
    # No task is cached: Kubeflow's key is made of names and parameters. It does not know what is in the files behind
    # a path, nor which model serves; it would answer with the examples, or the baseline, of an earlier run.
    kept = {name: part for name, part in task.items() if name != "cachingOptions"}
    # Kubeflow retries whatever exit code a task ends with, and a gate that judged is not to be asked again. ExampleGen
    # judges nothing but files, which it reads first, and may fail for the network's reasons.
    judges = id_ in GATES and GATES[id_].blessing is not None
    retries = {} if judges or not schedule.retries else {"retryPolicy": _retry_policy(schedule)}
    return {**kept, "inputs": {**task.get("inputs", {}), "parameters": given}, **retries}


def _retry_policy(schedule: ScheduleConfig) -> Spec:
    """Waits the same time before each retry.

    The longest time counts from the start of the first attempt. Left out, Kubeflow takes an hour, or none at all: a
    stage that fails after that would not be retried.
    """
    longest = (schedule.retries + 1) * (60 * schedule.stage_minutes + schedule.retry_seconds)
    return {
        "maxRetryCount": schedule.retries,
        "backoffDuration": f"{schedule.retry_seconds}s",
        "backoffFactor": 1.0,
        "backoffMaxDuration": f"{longest}s",
    }


def _component(component: Spec, values: Mapping[str, str | float]) -> Spec:
    parameters = {name: {"parameterType": _type(value)} for name, value in {**values, RUN_ID: ""}.items()}
    return {**component, "inputDefinitions": {**component.get("inputDefinitions", {}), "parameters": parameters}}


def _executor(id_: str, component: Spec, executor: Spec, config: Config) -> Spec:
    """The container's command; Kubeflow puts in the paths it has downloaded inputs to and will upload outputs from."""
    args = ["--node", id_, "--config", config.model_dump_json(exclude_none=True), "--executor-input", "{{$}}"]
    for name in sorted(component.get("inputDefinitions", {}).get("artifacts", {})):
        args += ["--input", name, f"{{{{$.inputs.artifacts['{name}'].path}}}}"]
    for name in sorted(component.get("outputDefinitions", {}).get("artifacts", {})):
        args += ["--output", name, f"{{{{$.outputs.artifacts['{name}'].path}}}}"]
    return {"container": {"image": executor["container"]["image"], "command": list(COMMAND), "args": args}}
