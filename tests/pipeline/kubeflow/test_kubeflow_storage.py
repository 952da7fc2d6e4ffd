"""What is refused of paths that a task's container could not read, or that would be lost with it."""

from __future__ import annotations

import pytest

from pipeline import config_file
from pipeline.errors import UsageError
from pipeline.kubeflow.storage import check, volumes


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


def test_a_serving_folder_on_a_volume_is_accepted():
    check(load(serving__dir="/serving_model/taxi"), {"/serving_model": "serving-model"})


@pytest.mark.parametrize("folder", ["serving_model", "/serving_models"])
def test_a_serving_folder_elsewhere_is_refused(folder):
    with pytest.raises(UsageError, match=r"lost with them; .* --serving-dir /serving_model"):
        check(load(serving__dir=folder), {"/serving_model": "serving-model"})


def test_data_in_an_object_store_is_refused_with_what_to_do():
    with pytest.raises(UsageError, match=r"On Vertex AI that is /gcs/bucket/trips.csv"):
        check(load(data__path="gs://bucket/trips.csv"), {})
    with pytest.raises(UsageError, match=r"Mount a volume"):
        check(load(data__path="s3://bucket/trips.csv"), {})
