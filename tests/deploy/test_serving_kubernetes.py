"""kubernetes.yaml: every field is one of the Kubernetes API's, and what names each other agrees."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from kubernetes import client

from tests.kubernetes_objects import build

FOLDER = Path("deploy/serving")

# How a Kubernetes object's kind is called in the client.
KINDS = {
    ("v1", "PersistentVolumeClaim"): client.V1PersistentVolumeClaim,
    ("apps/v1", "Deployment"): client.V1Deployment,
    ("v1", "Service"): client.V1Service,
    ("policy/v1", "PodDisruptionBudget"): client.V1PodDisruptionBudget,
}


def manifests(text=None):
    documents = yaml.safe_load_all(text or (FOLDER / "kubernetes.yaml").read_text())
    return {d["kind"]: build(KINDS[d["apiVersion"], d["kind"]], d) for d in documents}


@pytest.fixture(scope="module")
def pod():
    return manifests()["Deployment"].spec.template


def test_the_manifests_are_objects_of_the_kubernetes_api():
    assert set(manifests()) == {kind for _, kind in KINDS}


@pytest.mark.parametrize(
    ("is_", "becomes"),
    [
        ("maxUnavailable: 0", "maxUnavailabel: 0"),
        ("replicas: 2", 'replicas: "2"'),
        ("replicas: 2", "replicas: true"),
        ("labels/stable/metadata, port: http", "labels/stable/metadata"),
        ("command: [tensorflow_model_server]", "command: tensorflow_model_server"),
        ("runAsNonRoot: true", "runAsNonRoot: 1"),
    ],
)
def test_a_mistake_in_the_manifests_would_be_found(is_, becomes):
    text = (FOLDER / "kubernetes.yaml").read_text()
    assert is_ in text
    with pytest.raises((AssertionError, ValueError)):
        manifests(text.replace(is_, becomes, 1))


def test_what_names_each_other_agrees(pod):
    objects = manifests()
    labels = pod.metadata.labels
    assert labels == objects["Deployment"].spec.selector.match_labels
    assert labels == objects["Service"].spec.selector
    assert labels == objects["PodDisruptionBudget"].spec.selector.match_labels
    (server,) = pod.spec.containers
    ports = {port.name: port.container_port for port in server.ports}
    assert ports == {"grpc": 8500, "http": 8501}
    assert {port.target_port for port in objects["Service"].spec.ports} == set(ports)
    probes = [server.startup_probe, server.readiness_probe, server.liveness_probe]
    assert {probe.http_get.port for probe in probes} == {"http"}
    volumes = {volume.name: volume for volume in pod.spec.volumes}
    assert {mount.name for mount in server.volume_mounts} == set(volumes)
    assert volumes["models"].persistent_volume_claim.claim_name == objects["PersistentVolumeClaim"].metadata.name
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    (settings,) = kustomization["configMapGenerator"]
    assert volumes["settings"].config_map.name == settings["name"]
    assert all((FOLDER / file).is_file() for file in settings["files"])


def test_a_pod_stops_after_its_traffic_has_gone(pod):
    (server,) = pod.spec.containers
    connection = next(a for a in server.args if a.startswith("--grpc_channel_arguments=grpc.max_connection_age_ms="))
    waits = int(server.lifecycle.pre_stop._exec.command[1])
    assert int(connection.rpartition("=")[2]) / 1000 < waits < pod.spec.termination_grace_period_seconds
    assert manifests()["Deployment"].spec.strategy.rolling_update.max_unavailable == 0


def test_the_server_may_do_no_more_than_it_must(pod):
    (server,) = pod.spec.containers
    assert pod.spec.security_context.run_as_non_root
    assert server.security_context.read_only_root_filesystem
    assert not server.security_context.allow_privilege_escalation
    assert server.security_context.capabilities.drop == ["ALL"]
    writable = [mount.name for mount in server.volume_mounts if not mount.read_only]
    assert writable == ["tmp"]


def test_the_image_is_the_release_of_the_newer_stacks_tensorflow(pod):
    compose = yaml.safe_load((FOLDER / "docker-compose.yaml").read_text())
    (image,) = {pod.spec.containers[0].image, compose["services"]["serving"]["image"]}
    locked = re.findall(r"^tensorflow==(\d+\.\d+)", Path("requirements.lock").read_text(), re.MULTILINE)
    newest = max(locked, key=lambda version: tuple(map(int, version.split("."))))
    assert image.rpartition(":")[2].startswith(f"{newest}.")


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kustomize_puts_the_settings_into_the_pod():
    built = subprocess.run(
        ["kubectl", "kustomize", str(FOLDER)], capture_output=True, text=True, timeout=60, check=True
    )
    documents = {d["kind"]: d for d in yaml.safe_load_all(built.stdout)}
    settings = documents.pop("ConfigMap")
    assert settings["data"] == {n: (FOLDER / n).read_text() for n in ("batching.config", "monitoring.config")}
    volumes = documents["Deployment"]["spec"]["template"]["spec"]["volumes"]
    assert {"name": settings["metadata"]["name"]} in [volume.get("configMap") for volume in volumes]
    assert set(manifests(yaml.safe_dump_all(documents.values()))) == {kind for _, kind in KINDS}
