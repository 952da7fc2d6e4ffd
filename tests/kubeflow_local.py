"""Runs a compiled Kubeflow spec on this machine, each task's own command in a fresh process.

It does what Kubeflow's driver and launcher do around a task: parameters are resolved, inputs are downloaded from a
bucket, placeholders are filled in, outputs and their metadata are taken over, and what waits for a failed task is left
out. The bucket is a folder; like a real one, it knows files only, and no empty folders.
"""

from __future__ import annotations

import graphlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

_ROOT = "minio://mlpipeline/v2/artifacts"
_TIMEOUT_SECONDS = 300
_KILLED_AFTER_SECONDS = 3


@dataclass
class Task:
    """What became of a task: "succeeded", "failed" or "skipped"."""

    state: str
    attempts: int = 0
    exit_code: int = 0
    log: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)  # RuntimeArtifacts by name


@dataclass
class LocalKubeflow:
    """A bucket, and a folder for the containers' files. `app` is the image's working folder."""

    folder: Path
    app: Path

    def run(self, spec_file: Path, killed: Collection[str] = (), **parameters: Any) -> dict[str, Task]:
        """Runs a pipeline; returns its tasks, in the order they were started.

        Args:
            spec_file: the pipeline.
            killed: tasks whose first attempt is killed, as if its pod were evicted.
            **parameters: values; the others are the defaults.
        """
        spec, platform = yaml.safe_load_all(spec_file.read_text())
        known = spec["root"]["inputDefinitions"]["parameters"]
        assert parameters.keys() <= known.keys(), f"Kubeflow refuses parameters that the pipeline has not: {parameters}"
        values = {name: parameters.get(name, known[name]["defaultValue"]) for name in known}
        for name, value in values.items():
            assert isinstance(value, str) == (known[name]["parameterType"] == "STRING"), f"{name} has another type"
        executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
        run_id, tasks, done = str(uuid.uuid4()), spec["root"]["dag"]["tasks"], {}
        order = graphlib.TopologicalSorter({id_: task.get("dependentTasks", []) for id_, task in tasks.items()})
        for id_ in order.static_order():
            if any(done[before].state != "succeeded" for before in tasks[id_].get("dependentTasks", [])):
                done[id_] = Task("skipped")
                continue
            component = spec["components"][tasks[id_]["componentRef"]["name"]]
            for mount in executors[component["executorLabel"]].get("pvcMount", []):
                Path(mount["mountPath"]).mkdir(parents=True, exist_ok=True)
            container = spec["deploymentSpec"]["executors"][component["executorLabel"]]["container"]
            request = _driven(tasks[id_], component, values, run_id, done)
            attempts = 1 + tasks[id_].get("retryPolicy", {}).get("maxRetryCount", 0)
            done[id_] = self._attempts(request, container, attempts, id_ in killed)
        return done

    def _attempts(self, request: Any, container: Any, attempts: int, killed: bool) -> Task:
        result = Task("failed")
        while result.state == "failed" and result.attempts < attempts:
            attempt = self._attempt(json.loads(json.dumps(request)), container, killed and result.attempts == 0)
            attempt.attempts = result.attempts + 1
            result = attempt
        return result

    def _attempt(self, request: Any, container: Any, killed: bool) -> Task:
        """One pod: nothing of it stays but the bucket and what it printed."""
        pod = self.folder / "pods" / str(uuid.uuid4())
        request["outputs"]["outputFile"] = str(pod / "tmp" / "kfp_outputs" / "output_metadata.json")
        placeholders = {"{{$}}": json.dumps(request)}
        for kind in ("inputs", "outputs"):
            for name, described in request[kind]["artifacts"].items():
                uri = described["artifacts"][0]["uri"]
                local = pod / uri.replace("://", "/")
                placeholders[f"{{{{$.{kind}.artifacts['{name}'].path}}}}"] = str(local)
                if kind == "inputs":
                    _copy_files(self._blob(uri), local)
                else:
                    local.parent.mkdir(parents=True, exist_ok=True)
        command = [_filled(word, placeholders) for word in [*container["command"], *container["args"]]]
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        with subprocess.Popen(
            command, cwd=self.app, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            log, _ = _ended(process, _KILLED_AFTER_SECONDS if killed else _TIMEOUT_SECONDS)
        if process.returncode:
            return Task("failed", exit_code=process.returncode, log=log)
        outputs = _merged(request)
        for artifact in outputs.values():
            _copy_files(pod / artifact["uri"].replace("://", "/"), self._blob(artifact["uri"]))
        shutil.rmtree(pod)
        return Task("succeeded", log=log, outputs=outputs)

    def _blob(self, uri: str) -> Path:
        return self.folder / "bucket" / uri.removeprefix("minio://")


def _driven(task: Any, component: Any, values: Any, run_id: str, done: dict[str, Task]) -> Any:
    """Kubeflow's ExecutorInput, as its driver makes it."""
    name, declared = task["taskInfo"]["name"], component.get("inputDefinitions", {}).get("parameters", {})
    given = task.get("inputs", {}).get("parameters", {})
    assert given.keys() == declared.keys(), f"{name}: parameters {given.keys()} are given, {declared.keys()} declared"
    sources = task.get("inputs", {}).get("artifacts", {})
    outputs = component.get("outputDefinitions", {}).get("artifacts", {})
    return {
        "inputs": {
            "parameterValues": {key: _value(spec, values, run_id) for key, spec in given.items()},
            "artifacts": {
                key: {"artifacts": [done[source["producerTask"]].outputs[source["outputArtifactKey"]]]}
                for key, source in ((key, spec["taskOutputArtifact"]) for key, spec in sources.items())
            },
        },
        "outputs": {
            "artifacts": {
                key: {
                    "artifacts": [
                        {
                            "name": key,
                            "uri": f"{_ROOT}/{run_id}/{name}/{uuid.uuid4()}/{key}",
                            "type": spec["artifactType"],
                            "metadata": spec.get("metadata", {}),
                        }
                    ]
                }
                for key, spec in outputs.items()
            }
        },
    }


def _value(spec: Any, values: Any, run_id: str) -> Any:
    if "componentInputParameter" in spec:
        return values[spec["componentInputParameter"]]
    constant = spec["runtimeValue"]["constant"]
    return run_id if constant == "{{$.pipeline_job_uuid}}" else constant


def _filled(word: str, placeholders: dict[str, str]) -> str:
    for placeholder, value in placeholders.items():
        word = word.replace(placeholder, value)
    assert "{{" not in word or word == placeholders["{{$}}"], f"a placeholder is left in {word}"
    return word


def _merged(request: Any) -> dict[str, Any]:
    """The outputs with what the task wrote of them, as the launcher takes it over and ML Metadata keeps it."""
    written = json_format.Parse(
        Path(request["outputs"]["outputFile"]).read_text(), pipeline_spec_pb2.ExecutorOutput()
    )  # a field that Kubeflow does not know is an error, as it is there
    found = {}
    for name, described in request["outputs"]["artifacts"].items():
        artifact = described["artifacts"][0]
        if name in written.artifacts:
            said = written.artifacts[name].artifacts[0]
            assert said.uri in ("", artifact["uri"]), f"{name} would be looked for at {said.uri}"
            artifact["metadata"] |= json_format.MessageToDict(said.metadata)
        assert None not in artifact["metadata"].values(), f"Kubeflow cannot keep a null: {artifact['metadata']}"
        found[name] = artifact
    return found


def _ended(process: subprocess.Popen[str], seconds: float) -> tuple[str, str]:
    """Waits for the process, and kills it when its time is over; returns what it printed."""
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()


def _copy_files(source: Path, target: Path) -> None:
    for file in (path for path in source.rglob("*") if path.is_file()):
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
