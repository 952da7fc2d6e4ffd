"""What `turnstile compile kubeflow` writes is what `turnstile submit kubeflow` hands over, volumes and all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from tests.kfp_server import Kubeflow, serving

TURNSTILE = Path(sys.executable).parent / "turnstile"
PLACES = ["--volume", "serving-model:/serving_model", "--serving-dir", "/serving_model"]


def turnstile(*words):
    done = subprocess.run([TURNSTILE, *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done


def test_a_compiled_pipeline_is_accepted_with_a_threshold_of_the_runs_own(tmp_path):
    file = tmp_path / "small.yaml"
    turnstile("compile", "kubeflow", "--config", "configs/small.toml", "--image", "turnstile:1", *PLACES, "-o", file)
    spec, platform = yaml.safe_load_all(file.read_text())
    tasks = dict.fromkeys(spec["root"]["dag"]["tasks"], "SUCCEEDED")
    with serving(Kubeflow(script=[("SUCCEEDED", tasks)])) as server:
        done = turnstile("submit", "kubeflow", file, "--host", server.url, "--param", "auc_min=0.9", "--wait")
    assert {line.split()[0] for line in done.stderr.splitlines()} == set(tasks)
    (run,) = server.runs
    assert run["runtime_config"]["parameters"] == {"auc_min": 0.9}
    assert set(run["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]) == set(tasks)
    sent = run["pipeline_spec"]["platform_spec"]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert set(sent) == set(platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"])
    assert all(executor["pvcMount"][0]["mountPath"] == "/serving_model" for executor in sent.values())
