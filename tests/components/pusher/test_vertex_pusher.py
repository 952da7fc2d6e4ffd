"""VertexPusher: the model goes to Vertex AI by the address that Vertex AI knows, and only if it is blessed."""

from __future__ import annotations

import pytest
from tfx.components.pusher import executor as stock
from tfx.extensions.google_cloud_ai_platform import runner
from tfx.extensions.google_cloud_ai_platform.pusher import executor
from tfx.types import standard_artifacts

from components.pusher.vertex import Executor, VertexPusher, in_cloud_storage
from pipeline import config_file
from pipeline.dag import create_pipeline
from serving.settings import VertexEndpoint
from turnstile.errors import TurnstileError

WHERE = VertexEndpoint(project="p", region="europe-west4", endpoint="trips", image="i")


def artifact(kind, uri, **properties):
    made = kind()
    made.uri = uri
    for name, value in properties.items():
        made.set_int_custom_property(name, value)
    return [made]


@pytest.fixture
def deployed(monkeypatch):
    """What Google Cloud would have been asked; it answers that it is done."""
    asked = []
    monkeypatch.setattr(executor.io_utils, "copy_dir", lambda src, dst: asked.append((src, dst)))
    monkeypatch.setattr(
        runner, "deploy_model_for_aip_prediction", lambda **how: asked.append(how) or "projects/p/models/7"
    )
    return asked


def push(root, blessed=1):
    pushed = artifact(standard_artifacts.PushedModel, f"{root}/pushed")
    inputs = {
        "model_blessing": artifact(standard_artifacts.ModelBlessing, f"{root}/blessing", blessed=blessed),
        "infra_blessing": artifact(standard_artifacts.InfraBlessing, f"{root}/proof", blessed=1, has_model=1),
    }
    config = config_file.load("configs/small.toml", serving__vertex=WHERE.model_dump())
    node = next(node for node in create_pipeline(config).components if node.id == "Pusher")
    assert isinstance(node, VertexPusher)
    Executor().Do(inputs, {"pushed_model": pushed}, {"custom_config": node.exec_properties["custom_config"]})
    return pushed[0]


def test_a_blessed_model_is_deployed_from_cloud_storage(deployed):
    pushed = push("/gcs/bucket/run")
    copied, request = deployed
    assert copied == ("gs://bucket/run/proof/stamped_model", "gs://bucket/run/pushed")
    assert request["serving_path"] == "gs://bucket/run/pushed"
    assert request["endpoint_region"] == "europe-west4"
    assert request["serving_container_image_uri"] == "i"
    assert request["ai_platform_serving_args"] == {
        "project": "p",
        "endpoint_name": "trips",
        "machine_type": "n2-standard-2",
    }
    assert pushed.get_string_custom_property(stock._PUSHED_DESTINATION_KEY) == "projects/p/models/7"


def test_a_model_that_is_not_blessed_is_not_deployed(deployed):
    assert push("/gcs/bucket/run", blessed=0).get_int_custom_property(stock._PUSHED_KEY) == 0
    assert deployed == []


def test_a_model_elsewhere_is_refused_in_words(deployed):
    with pytest.raises(TurnstileError, match=r"expected a folder under gs:// or /gcs/"):
        push("/somewhere/run")
    assert deployed == []


def test_an_address_in_cloud_storage_stays():
    assert in_cloud_storage("gs://bucket/x") == "gs://bucket/x"
