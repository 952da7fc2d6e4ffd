"""volume.yaml: objects of the Kubernetes API that agree with each other, with the image and with deploy/serving."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from kubernetes import client

from tests.kubernetes_objects import build

KINDS = {"PersistentVolumeClaim": client.V1PersistentVolumeClaim, "Job": client.V1Job}


def documents(file):
    return {document["kind"]: document for document in yaml.safe_load_all(Path(file).read_text())}


def test_the_manifests_are_objects_of_the_kubernetes_api():
    found = documents("deploy/kubeflow/volume.yaml")
    assert set(found) == set(KINDS)
    for kind, document in found.items():
        build(KINDS[kind], document)


def test_the_claim_is_the_one_that_serving_serves_from():
    kind = "PersistentVolumeClaim"
    assert documents("deploy/kubeflow/volume.yaml")[kind] == documents("deploy/serving/kubernetes.yaml")[kind]


def test_the_volume_is_given_to_the_images_user():
    found = documents("deploy/kubeflow/volume.yaml")
    pod = found["Job"]["spec"]["template"]["spec"]
    (container,), (volume,), (mount,) = pod["containers"], pod["volumes"], pod["containers"][0]["volumeMounts"]
    user = re.search(r"^USER (.+)$", Path("deploy/kubeflow/Dockerfile").read_text(), re.MULTILINE)[1]
    assert container["command"] == ["chown", user, mount["mountPath"]]
    assert mount["name"] == volume["name"]
    claim = found["PersistentVolumeClaim"]["metadata"]["name"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim
