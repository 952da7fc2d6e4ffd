"""ServingValidator on real artifacts: the blessing TFX's Pusher goes by, and the model with its warm-up requests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tfx.components.infra_validator import request_builder
from tfx.components.pusher import executor as pusher
from tfx.proto import infra_validator_pb2
from tfx.types import Channel, standard_artifacts
from tfx.utils import path_utils, proto_utils

from components.serving_validator.component import Executor
from components.serving_validator.settings import ServingValidatorConfig, ServingValidatorSettings
from components.serving_validator.tensorflow_serving import TensorFlowServingValidator
from components.trainer.serving_sample import SAMPLE, write_logs
from serving.model.protos import prediction_log_pb2
from serving.model.saved_model import SavedModel
from serving.model.warmup import WARMUP, read, to_log
from tests.e2e.conftest import tree
from tests.made_exports import Weighing, export, sample


def artifact(kind, folder, id_):
    made = kind()
    made.id, made.uri = id_, str(folder)
    return made


def model_artifact(folder, weight=0.5):
    export(Path(path_utils.serving_model_dir(str(folder))), Weighing(weight))
    write_logs(folder / SAMPLE, map(to_log, sample()))
    return artifact(standard_artifacts.Model, folder, 7)


@pytest.fixture
def blessing(tmp_path):
    return artifact(standard_artifacts.InfraBlessing, tmp_path / "blessing", 8)


def validate(model, blessing, **policy):
    settings = ServingValidatorSettings(model_name="trips", policy=ServingValidatorConfig(**policy))
    properties = {"settings": settings.model_dump_json()}
    Executor().Do({"model": [model]}, {"blessing": [blessing]}, properties)


def is_pushed(blessing):
    return pusher.Executor().CheckBlessing({"infra_blessing": [blessing]})


def test_a_good_model_is_blessed_and_stamped(tmp_path, blessing):
    model = model_artifact(tmp_path / "model")
    exported = Path(path_utils.serving_model_path(model.uri))
    before = tree(tmp_path / "model")
    validate(model, blessing)

    assert is_pushed(blessing)
    assert sorted(path.name for path in Path(blessing.uri).iterdir()) == [
        "INFRA_BLESSED",
        "report.json",
        "stamped_model",
    ]
    stamped = Path(pusher.Executor().GetModelPath({"infra_blessing": [blessing]}))
    assert tree(stamped).items() - tree(exported).items() == {(str(WARMUP), tree(stamped)[str(WARMUP)])}
    assert tree(exported).items() <= tree(stamped).items()
    assert tree(tmp_path / "model") == before


def test_the_warm_up_requests_are_answered(tmp_path, blessing):
    validate(model_artifact(tmp_path / "model"), blessing)
    stamped = Path(path_utils.stamped_model_path(blessing.uri))
    records = list(tf.data.TFRecordDataset(str(stamped / WARMUP)).as_numpy_iterator())  # looks at the checksums
    logs = [prediction_log_pb2.PredictionLog.FromString(record).predict_log for record in records]
    assert [log.request.model_spec.name for log in logs] == ["trips"] * 4
    served = SavedModel(stamped)
    for asked in read(stamped / WARMUP):
        assert len(served(asked.signature, asked.inputs)["value"]) in (1, 32)


def test_the_same_model_gets_the_same_bytes(tmp_path, blessing):
    model = model_artifact(tmp_path / "model")
    again = artifact(standard_artifacts.InfraBlessing, tmp_path / "again", 9)
    validate(model, blessing)
    validate(model, again, max_latency_ms=5000)
    assert tree(Path(path_utils.stamped_model_path(again.uri))) == tree(
        Path(path_utils.stamped_model_path(blessing.uri))
    )


@pytest.mark.parametrize(
    ("weight", "policy", "reason"),
    [
        (np.pi, {}, "row 1, signature 'serving_default'"),
        (0.5, {"max_size_mb": 0.001}, "the model has 0.0"),
        (0.5, {"max_latency_ms": 1e-6}, "signature 'serving_default' takes"),
    ],
    ids=["other numbers", "too large", "too slow"],
)
def test_a_refused_model_is_not_to_be_pushed(tmp_path, blessing, weight, policy, reason):
    validate(model_artifact(tmp_path / "model", weight), blessing, **policy)
    assert not is_pushed(blessing)
    assert sorted(path.name for path in Path(blessing.uri).iterdir()) == ["INFRA_NOT_BLESSED", "report.json"]
    assert not blessing.get_int_custom_property("has_model")
    reasons = json.loads((Path(blessing.uri) / "report.json").read_text())["reasons"]
    assert reasons[0].startswith(reason)
    assert blessing.get_string_custom_property("reasons") == "\n".join(reasons)


def test_a_model_without_a_sample_is_refused(tmp_path, blessing):
    model = model_artifact(tmp_path / "model")
    (tmp_path / "model" / SAMPLE).unlink()
    validate(model, blessing)
    assert not is_pushed(blessing)


def by_tensorflow_serving():
    model, examples = Channel(type=standard_artifacts.Model), Channel(type=standard_artifacts.Examples)
    return TensorFlowServingValidator(model, examples, "trips", "docker", "2.16.1", rows=2)


def test_without_docker_tensorflow_serving_refuses_in_words(tmp_path, blessing, monkeypatch):
    """There is no Docker behind this address; with one, the same component starts TensorFlow Serving."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no_docker.sock")
    component = by_tensorflow_serving()
    executor = component.EXECUTOR_SPEC.executor_class(Executor.Context(tmp_dir=f"{tmp_path}/tmp", unique_id="1"))
    model = model_artifact(tmp_path / "model")
    executor.Do({"model": [model]}, {"blessing": [blessing]}, dict(component.spec.exec_properties))
    assert not is_pushed(blessing)
    (reason,) = json.loads((Path(blessing.uri) / "report.json").read_text())["reasons"]
    assert "TensorFlow Serving could not be started" in reason


def test_tensorflow_serving_is_asked_about_eval_rows(tmp_path):
    """What InfraValidator would send, made by itself of our request spec, our signature and our kind of examples."""
    examples = artifact(standard_artifacts.Examples, tmp_path / "examples", 3)
    examples.split_names = '["train", "eval"]'
    file = tmp_path / "examples" / "Split-eval" / "data_tfrecord-00000-of-00001.gz"
    file.parent.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
        for row in (b"1.0", b"-2.5", b"40.0"):
            writer.write(row)
    spec = infra_validator_pb2.RequestSpec()
    proto_utils.json_to_proto(by_tensorflow_serving().spec.exec_properties["request_spec"], spec)
    requests = request_builder.build_requests("trips", model_artifact(tmp_path / "model"), examples, spec)
    assert [r.model_spec.signature_name for r in requests] == ["serving_default"] * 2
    rows = [row for request in requests for row in request.inputs["examples"].string_val]  # shuffled by TFX
    assert len(rows) == 2
    assert set(rows) < {b"1.0", b"-2.5", b"40.0"}
