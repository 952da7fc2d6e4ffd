"""What is refused of paths that a task's container could not read, or that would be lost with it."""

from __future__ import annotations

import pytest

from pipeline import config_file
from pipeline.schedulers.kubeflow.storage import volumes, with_serving
from turnstile.errors import UsageError


def load(**overrides):
    return config_file.load("configs/small.toml", check_data=False, **overrides)


def test_volumes_are_read():
    assert volumes(["serving-model:/serving_model", "trips:/mnt/trips/"]) == {
        "/serving_model": "serving-model",
        "/mnt/trips": "trips",
    }


@pytest.mark.parametrize("text", ["claim", "claim:relative", "Claim:/x", ":/x", "claim:/"])
def test_a_malformed_volume_is_refused(text):
    with pytest.raises(UsageError, match=r"expected CLAIM:/PATH"):
        volumes([text])


def test_two_claims_cannot_be_at_one_path():
    with pytest.raises(UsageError, match=r"a and b cannot both be mounted at /x"):
        volumes(["a:/x", "b:/x/"])


@pytest.mark.parametrize(
    ("folder", "given", "expected"),
    [
        ("/models/taxi", {"/models": "mine"}, {"/models": "mine"}),
        ("serving_model", {}, {"/app/serving_model": "serving-model"}),
        ("/models", {}, {"/models": "serving-model"}),
        ("/models", {"/mode": "mine"}, {"/mode": "mine", "/models": "serving-model"}),
    ],
)
def test_what_is_pushed_is_on_a_volume(folder, given, expected):
    assert with_serving(load(serving__dir=folder), given) == expected


def test_what_goes_to_an_endpoint_needs_no_volume():
    endpoint = {"project": "p", "region": "europe-west4", "endpoint": "taxi", "image": "i"}
    assert with_serving(load(serving__vertex=endpoint), {}) == {}


def test_a_serving_folder_in_an_object_store_is_refused_with_what_to_do():
    with pytest.raises(UsageError, match=r"on Vertex AI that is /gcs/bucket/models"):
        load(serving__dir="gs://bucket/models")
