"""TensorFlow Serving takes our settings: its flags, and the text protos that it reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format, wrappers_pb2

from serving.model.protos import model_server_config_pb2
from tests.serving_flags import FLAGS

FOLDER = Path("deploy/serving")

_VALUE = {int: r"\d+", bool: "true|false", str: r"\S+"}

# The messages that tensorflow-serving-api leaves out, by field: session_bundle_config.proto and
# monitoring_config.proto of the same repository. Later releases add fields; we use none of them.
MESSAGES = {
    "BatchingParameters": {
        "max_batch_size": "google.protobuf.Int64Value",
        "batch_timeout_micros": "google.protobuf.Int64Value",
        "max_enqueued_batches": "google.protobuf.Int64Value",
        "num_batch_threads": "google.protobuf.Int64Value",
        "thread_pool_name": "google.protobuf.StringValue",
    },
    "PrometheusConfig": {"enable": "bool", "path": "string"},
    "MonitoringConfig": {"prometheus_config": "tensorflow.serving.PrometheusConfig"},
}


def flags(name):
    """The arguments of the server in one of the manifests, by flag."""
    documents = list(yaml.safe_load_all((FOLDER / name).read_text()))
    if name == "docker-compose.yaml":
        arguments = documents[0]["services"]["serving"]["command"]
    else:
        deployment = next(document for document in documents if document["kind"] == "Deployment")
        arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    found = [re.fullmatch(r"--(\w+)=(.+)", argument).groups() for argument in arguments]
    assert len(found) == len(dict(found)), "a flag is there twice"
    return dict(found)


def message(name):
    """A message class made from the fields above."""
    file = descriptor_pb2.FileDescriptorProto(
        name="serving.proto", package="tensorflow.serving", syntax="proto3", dependency=[wrappers_pb2.DESCRIPTOR.name]
    )
    for type_name, fields in MESSAGES.items():
        described = file.message_type.add(name=type_name)
        for number, (field, kind) in enumerate(fields.items(), start=1):  # text protos do not use the numbers
            added = described.field.add(
                name=field, number=number, label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL
            )
            if "." in kind:
                added.type_name = f".{kind}"
                added.type = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
            else:
                added.type = getattr(descriptor_pb2.FieldDescriptorProto, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"tensorflow.serving.{name}"))()


def parsed(file, name):
    return text_format.Parse((FOLDER / file).read_text(), message(name))


@pytest.mark.parametrize("manifest", ["docker-compose.yaml", "kubernetes.yaml"])
def test_every_flag_exists_and_has_a_value_of_its_type(manifest):
    wrong = {f: v for f, v in flags(manifest).items() if f not in FLAGS or not re.fullmatch(_VALUE[FLAGS[f]], v)}
    assert wrong == {}


def test_the_manifests_differ_only_in_what_they_must():
    compose, kubernetes = flags("docker-compose.yaml"), flags("kubernetes.yaml")
    # One model by name, and pages of other sites: only `turnstile serve` offers these.
    assert FLAGS.keys() - kubernetes.keys() == {"model_name", "model_base_path", "rest_api_enable_cors_support"}
    differing = {name for name in kubernetes if compose.get(name) != kubernetes[name]}
    assert differing == {"model_config_file", "grpc_channel_arguments"}


def test_the_batching_parameters_are_what_we_mean():
    batching = parsed("batching.config", "BatchingParameters")
    assert batching.max_batch_size.value >= 1024  # what serving/asking/predict.py sends at a time
    assert batching.HasField("batch_timeout_micros")
    assert batching.batch_timeout_micros.value == 0
    assert batching.num_batch_threads.value == int(flags("kubernetes.yaml")["tensorflow_inter_op_parallelism"])
    assert batching.max_enqueued_batches.value > 0


def test_metrics_are_where_prometheus_looks_for_them():
    monitoring = parsed("monitoring.config", "MonitoringConfig").prometheus_config
    assert monitoring.enable
    manifests = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
    deployment = next(document for document in manifests if document["kind"] == "Deployment")
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    scrape = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"][0]
    assert monitoring.path == annotations["prometheus.io/path"] == scrape["metrics_path"]
    port = flags("kubernetes.yaml")["rest_api_port"]
    assert annotations["prometheus.io/port"] == port
    assert scrape["static_configs"][0]["targets"] == [f"serving:{port}"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("max_batch { value: 1 }", "BatchingParameters"),
        ("max_batch_size: 1", "BatchingParameters"),
        ("max_batch_size { value: 'many' }", "BatchingParameters"),
        ("prometheus_config { enabled: true }", "MonitoringConfig"),
        ("prometheus_config { enable: 'yes' }", "MonitoringConfig"),
    ],
)
def test_a_mistake_in_a_settings_file_would_be_found(text, name):
    with pytest.raises(text_format.ParseError):
        text_format.Parse(text, message(name))


def test_the_example_of_models_config_is_one():
    text = (FOLDER / "models.config.example").read_text()
    (model,) = text_format.Parse(text, model_server_config_pb2.ModelServerConfig()).model_config_list.config
    assert model.model_platform == "tensorflow"
    assert model.base_path.startswith("/")
    assert model.base_path.endswith(f"/{model.name}")
    versions = model.model_version_policy.specific.versions
    assert set(model.version_labels) == {"stable", "canary"}
    assert set(model.version_labels.values()) < set(versions)
    assert min(versions) < model.version_labels["stable"]  # a higher standby would answer requests without a label
