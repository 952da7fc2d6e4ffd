"""The local model server, asked as TensorFlow Serving's documentation asks TensorFlow Serving."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import grpc
import pytest

from serving.model.protos import (
    classification_pb2,
    example_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    input_pb2,
    model_management_pb2,
    predict_pb2,
    regression_pb2,
    tensor_pb2,
    tensor_shape_pb2,
)
from serving.releases import signatures
from tests import made_models
from tests.e2e.model_server import ModelServer
from tests.made_versions import sealed

NAME = "half_plus_two"
MODEL = f"/v1/models/{NAME}"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A serving folder with two versions: half plus two, and half plus three as the labelled canary."""
    folder = tmp_path_factory.mktemp("server") / "models"
    made_models.half_plus(folder / NAME / "1", 2.0)
    made_models.half_plus(folder / NAME / "2", 3.0)
    made_models.classic(folder / "classic" / "1")
    (folder / "models.config").write_text(config(folder, "versions: 1 versions: 2", stable=1, canary=2))
    return folder


@pytest.fixture(scope="module")
def server(models):
    with ModelServer(models) as running:
        yield running


def config(folder, versions, **labels):
    named = " ".join(f'version_labels {{ key: "{label}" value: {number} }}' for label, number in labels.items())
    classic = f'config {{ name: "classic" base_path: "{folder / "classic"}" model_platform: "tensorflow" }}'
    return f"""model_config_list {{ {classic if (folder / "classic").exists() else ""} config {{
        name: "{NAME}" base_path: "{folder / NAME}" model_platform: "tensorflow"
        model_version_policy {{ specific {{ {versions} }} }} {named} }} }}"""


def tensor(*values):
    shape = tensor_shape_pb2.TensorShapeProto(dim=[{"size": len(values)}])
    return tensor_pb2.TensorProto(dtype="DT_FLOAT", float_val=values, tensor_shape=shape)


def example(x):
    made = example_pb2.Example()
    made.features.feature["x"].float_list.value.append(x)
    return made


def predict_request(*values, label="", version=None, name=NAME, signature=""):
    request = predict_pb2.PredictRequest(inputs={"x": tensor(*values)})
    request.model_spec.name, request.model_spec.signature_name = name, signature
    if label:
        request.model_spec.version_label = label
    if version:
        request.model_spec.version.value = version
    return request


def inputs(*values):
    return input_pb2.Input(example_list={"examples": [example(x) for x in values]})


# REST, as documented.


def test_predict_in_rows_and_in_columns(server):
    assert server.request(f"{MODEL}/labels/stable:predict", {"instances": [1.0, 2.0, 5.0]}) == (
        200, {"predictions": [2.5, 3.0, 4.5]}
    )  # fmt: skip
    assert server.request(f"{MODEL}/versions/2:predict", {"inputs": {"x": [1.0]}}) == (200, {"outputs": [3.5]})


def test_the_signature_and_several_inputs(server):
    body = {
        "signature_name": "two",
        "instances": [{"pair": [1, 2], "word": "abc"}, {"pair": [3, 4], "word": {"b64": "AAE="}}],
    }
    assert server.request(f"{MODEL}:predict", body) == (
        200,
        {"predictions": [
            {"total": 3.0, "word_bytes": {"b64": "YWJj"}, "length": 3},
            {"total": 7.0, "word_bytes": {"b64": "AAE="}, "length": 2},
        ]},
    )  # fmt: skip


def test_a_request_without_label_goes_to_the_highest_version(server):
    request = urllib.request.Request(server.url + f"{MODEL}:predict", b'{"instances": [1.0]}')
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["turnstile-model-version"] == "2"
        assert answer.headers["content-type"] == "application/json"


def test_classify_and_regress(server):
    body = {"signature_name": "classify_x_to_y", "examples": [{"x": 1.0}, {"x": 2.0}]}
    assert server.request(f"{MODEL}/versions/1:classify", body) == (200, {"results": [[["", 2.5]], [["", 3.0]]]})
    body["signature_name"] = "regress_x_to_y"
    assert server.request(f"{MODEL}/versions/1:regress", body) == (200, {"results": [2.5, 3.0]})


def test_status_and_metadata(server):
    ok = {"error_code": "OK", "error_message": ""}
    assert server.request(MODEL) == (
        200,
        {"model_version_status": [
            {"version": "2", "state": "AVAILABLE", "status": ok}, {"version": "1", "state": "AVAILABLE", "status": ok},
        ]},
    )  # fmt: skip
    assert [v["version"] for v in server.request(f"{MODEL}/labels/stable")[1]["model_version_status"]] == ["1"]
    status, found = server.request(f"{MODEL}/versions/1/metadata")
    assert status == 200
    assert found["model_spec"] == {"name": NAME, "signature_name": "", "version": "1"}
    signature = found["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["x"]["dtype"] == "DT_FLOAT"
    assert signature["inputs"]["x"]["tensor_shape"]["dim"] == [{"size": "-1", "name": ""}]


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/v1/models/none:predict", {"instances": [1.0]}, 404, "Servable not found for request: Latest(none)"),
        (f"{MODEL}/versions/9:predict", {"instances": [1.0]}, 404, f"not found for request: Specific({NAME}, 9)"),
        (f"{MODEL}/labels/x:predict", {"instances": [1.0]}, 400, "Unrecognized servable version label: x"),
        (f"{MODEL}:guess", {"instances": [1.0]}, 400, f"Malformed request: POST {MODEL}:guess"),
        (f"{MODEL}/versions/{2**70}:predict", {}, 400, f"Failed to convert version: {2**70} to numeric."),
        (f"{MODEL}:predict", {"signature_name": "none", "instances": [1.0]}, 400, 'signature name: "none" not found'),
        (f"{MODEL}:predict", b"{not json", 400, "JSON"),
        (f"{MODEL}:predict", b"", 400, "JSON"),
        (f"{MODEL}:predict", {}, 400, "instances"),
        (f"{MODEL}:predict", {"instances": ["a"]}, 400, ""),
        (f"{MODEL}:predict", {"instances": [[1.0], [1.0, 2.0]]}, 400, ""),
        (f"{MODEL}:predict", {"inputs": {"z": [1.0]}}, 400, ""),
        (f"{MODEL}:predict", {"signature_name": "regress_x_to_y", "inputs": [[["a"]]]}, 400, ""),
        ("/v1/models", None, 400, "Missing model name in request."),
        (f"{MODEL}/versions/9", None, 404, f"Could not find version 9 of model {NAME}"),
        ("/v1/models/none", None, 404, "Could not find any versions of model none"),
        ("/v1/models/none/metadata", None, 404, "Servable not found for request: Latest(none)"),
        ("/other", None, 404, "Not found: /other"),
    ],
)  # fmt: skip
def test_rest_errors(server, path, body, status, error):
    found_status, found = server.request(path, body)
    assert (found_status, list(found)) == (status, ["error"])
    assert error in found["error"]


def test_a_get_of_a_verb_is_malformed(server):
    assert server.request(f"{MODEL}:predict") == (400, {"error": f"Malformed request: GET {MODEL}:predict"})


# gRPC, as documented.


def test_grpc_predict(server):
    answer = server.predictions.Predict(predict_request(1.0, 2.0, label="stable"))
    assert list(answer.outputs["y"].float_val) or answer.outputs["y"].tensor_content
    assert (answer.model_spec.name, answer.model_spec.version.value) == (NAME, 1)
    assert answer.model_spec.signature_name == "serving_default"


def test_grpc_classify_and_regress(server):
    spec = {"name": NAME, "version": {"value": 1}, "signature_name": "classify_x_to_y"}
    request = classification_pb2.ClassificationRequest(model_spec=spec, input=inputs(1.0))
    assert server.predictions.Classify(request).result.classifications[0].classes[0].score == 2.5
    spec["signature_name"] = "regress_x_to_y"
    request = regression_pb2.RegressionRequest(model_spec=spec, input=inputs(1.0, 2.0))
    assert [r.value for r in server.predictions.Regress(request).result.regressions] == [2.5, 3.0]


def tasks(model, **signatures):
    return [
        {"model_spec": {"name": model, "signature_name": name}, "method_name": f"tensorflow/serving/{kind}"}
        for kind, name in signatures.items()
    ]


@pytest.mark.parametrize("model", ["classic", NAME])
def test_grpc_multi_inference_asks_signatures_that_share_their_input_and_those_of_tensorflow_2(server, model):
    both = tasks(model, classify="classify_x_to_y", regress="regress_x_to_y")
    for task in both:
        task["model_spec"]["version"] = {"value": 1}
    answer = server.predictions.MultiInference(inference_pb2.MultiInferenceRequest(tasks=both, input=inputs(1.0)))
    assert answer.results[0].classification_result.classifications[0].classes[0].score == 2.5
    assert answer.results[1].regression_result.regressions[0].value == 2.5
    assert [r.model_spec.version.value for r in answer.results] == [1, 1]


@pytest.mark.parametrize(
    ("asked", "details"),
    [
        (tasks(NAME, classify="serving_default"), "No classification inputs found in SignatureDef"),
        (tasks("classic", classify="none"), "Requested signature not found in model graph: none"),
    ],
)
def test_grpc_multi_inference_errors(server, asked, details):
    with pytest.raises(grpc.RpcError) as error:
        server.predictions.MultiInference(inference_pb2.MultiInferenceRequest(tasks=asked, input=inputs(1.0)))
    assert error.value.code().name == "INVALID_ARGUMENT"
    assert details in error.value.details()


def test_grpc_status_and_metadata(server):
    request = get_model_status_pb2.GetModelStatusRequest(model_spec={"name": NAME})
    assert {s.version: s.state for s in server.models.GetModelStatus(request).model_version_status} == {1: 30, 2: 30}
    request = get_model_metadata_pb2.GetModelMetadataRequest(
        model_spec={"name": NAME}, metadata_field=["signature_def"]
    )
    answer = server.predictions.GetModelMetadata(request)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert answer.metadata["signature_def"].Unpack(signatures)
    assert set(signatures.signature_def) >= {"serving_default", "two"}


@pytest.mark.parametrize(
    ("request_", "code", "details"),
    [
        (predict_request(1.0, name="none"), "NOT_FOUND", "Servable not found for request: Latest(none)"),
        (predict_request(1.0, name=""), "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        (predict_request(1.0, label="x"), "INVALID_ARGUMENT", "Unrecognized servable version label: x"),
        (predict_request(1.0, version=9), "NOT_FOUND", f"Servable not found for request: Specific({NAME}, 9)"),
        (predict_request(1.0, signature="none"), "FAILED_PRECONDITION", 'Serving signature key "none" not found.'),
        (predict_pb2.PredictRequest(model_spec={"name": NAME}), "INVALID_ARGUMENT", "x"),
    ],
)
def test_grpc_errors(server, request_, code, details):
    with pytest.raises(grpc.RpcError) as error:
        server.predictions.Predict(request_)
    assert error.value.code().name == code
    assert details in error.value.details()


# Hostile clients.


def test_a_thousand_random_bodies_are_each_refused_and_the_server_lives(server):
    random_ = random.Random(7)
    for _ in range(1000):
        body = random_.randbytes(random_.randrange(1, 200))
        assert server.request(f"{MODEL}:predict", body)[0] == 400
    assert server.request(f"{MODEL}:predict", {"instances": [1.0]})[0] == 200


def test_random_bytes_over_grpc_are_refused(server):
    random_ = random.Random(7)
    with grpc.insecure_channel(server.target) as channel:
        ask = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
        for _ in range(200):
            with pytest.raises(grpc.RpcError) as error:
                ask(random_.randbytes(random_.randrange(1, 200)))
            assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert server.predictions.Predict(predict_request(1.0)).model_spec.version.value == 2


def test_bodies_that_are_too_large_are_refused(models):
    with ModelServer(models, NAME, "--max-message-mb", "1") as server:
        for size in (1_100_000, 100_000_000):
            status, found = server.request(f"{MODEL}:predict", b" " * size)
            assert (status, "1,048,576" in found["error"]) == (413, True)
        with pytest.raises(grpc.RpcError) as error:
            server.predictions.Predict(predict_request(*[1.0] * 300_000))
        assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert server.request(f"{MODEL}:predict", {"instances": [1.0]})[0] == 200


def test_slow_clients_are_told_and_hold_nobody_up(models):
    with ModelServer(models, NAME, "--timeout", "1") as server:
        host, port = server.url.removeprefix("http://").split(":")
        slow = [socket.create_connection((host, int(port))) for _ in range(20)]
        for client in slow:
            client.sendall(f"POST {MODEL}:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode())
        assert server.request(f"{MODEL}:predict", {"instances": [1.0]})[0] == 200
        for client in slow:
            client.settimeout(5)
            assert client.recv(1000).startswith(b"HTTP/1.1 408 ")
            client.close()
        assert server.request(f"{MODEL}:predict", {"instances": [1.0]})[0] == 200


def test_what_it_counts(server):
    server.request(f"{MODEL}:predict", {"instances": [1.0, 2.0]})
    with urllib.request.urlopen(server.url + "/monitoring/prometheus/metrics") as answer:
        page = answer.read().decode()
    assert f'turnstile_requests_total{{api="rest",code="0",method="predict",model="{NAME}",version="2"}}' in page
    assert f'turnstile_batch_rows_count{{model="{NAME}",version="2"}}' in page


# What changes while it runs.


@pytest.fixture
def own(models, tmp_path):
    """A serving folder of a test's own, with version 1 of the module's."""
    folder = tmp_path / "models"
    made_models.copied(models / NAME / "1", folder / NAME / "1")
    return folder


class Asker:
    """Asks without pause from several threads; remembers every status, version and failure."""

    def __init__(self, server, path=f"{MODEL}:predict", threads=8):
        self.server, self.path, self.seen, self.failures, self._stop = server, path, [], [], threading.Event()
        self.threads = [threading.Thread(target=self._ask) for _ in range(threads)]

    def _ask(self):
        while not self._stop.is_set():
            try:
                request = urllib.request.Request(self.server.url + self.path, b'{"instances": [1.0]}')
                with urllib.request.urlopen(request, timeout=10) as answer:
                    found = json.loads(answer.read())["predictions"]
                    self.seen.append((answer.headers["turnstile-model-version"], found[0]))
            except Exception as error:
                self.failures.append(repr(error))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self.threads:
            thread.join()


def test_a_new_version_takes_over_without_a_failed_request(models, own):
    with ModelServer(own) as server, Asker(server) as asker:
        time.sleep(0.5)
        made_models.copied(models / NAME / "2", own / NAME / "2")
        server.wait_for("version 1: unloaded")
        time.sleep(0.2)
    assert asker.failures == []
    assert set(asker.seen) == {("1", 2.5), ("2", 3.5)}


def test_labels_move_when_the_config_changes(models, own):
    made_models.copied(models / NAME / "2", own / NAME / "2")
    file = own / "models.config"
    file.write_text(config(own, "versions: 1", stable=1))
    with ModelServer(own) as server, Asker(server, f"{MODEL}/labels/stable:predict") as asker:
        time.sleep(0.3)
        file.write_text(config(own, "versions: 2", stable=2))
        server.wait_for("stable = 2")
        time.sleep(0.3)
    assert asker.failures == []
    assert {version for version, _ in asker.seen} == {"1", "2"}


def test_a_label_moves_while_another_version_is_loading(models, own):
    made_models.copied(models / NAME / "2", own / NAME / "2")
    slow = made_models.half_plus(own / NAME / ".3", seconds=1.0)
    made_models.warmed_up_by(slow, *[predict_request(1.0)] * 5)
    file = own / "models.config"
    file.write_text(config(own, "versions: 1 versions: 2", stable=2))
    with ModelServer(own) as server:
        slow.rename(own / NAME / "3")
        file.write_text(config(own, "versions: 1 versions: 2 versions: 3", stable=2, canary=3))
        while server.request(f"{MODEL}/versions/3")[0] != 200:
            time.sleep(0.05)
        file.write_text(config(own, "versions: 1 versions: 2 versions: 3", stable=1, canary=3))
        server.wait_for("serving 1, 2; canary = 3, stable = 1")
        assert "version 3: loaded" not in server.log
        assert server.request(f"{MODEL}/labels/stable:predict", {"instances": [1.0]}) == (200, {"predictions": [2.5]})
        assert server.request(f"{MODEL}/labels/canary:predict", {"instances": [1.0]})[0] == 404  # it is loading
        server.wait_for("serving 1, 2, 3; canary = 3, stable = 1", 60)
        assert server.request(f"{MODEL}/labels/canary:predict", {"instances": [1.0]})[0] == 200


def test_a_version_that_is_withdrawn_while_it_loads_never_answers(models, own):
    slow = made_models.half_plus(own / NAME / ".2", seconds=1.0)
    made_models.warmed_up_by(slow, predict_request(1.0))
    file = own / "models.config"
    file.write_text(config(own, "versions: 1", stable=1))
    with ModelServer(own) as server:
        slow.rename(own / NAME / "2")
        file.write_text(config(own, "versions: 1 versions: 2", stable=1))
        while server.request(f"{MODEL}/versions/2")[0] != 200:
            time.sleep(0.05)
        file.write_text(config(own, "versions: 1", stable=1))
        server.wait_for("version 2: loaded", 60)
        while server.request(f"{MODEL}/versions/2")[1]["model_version_status"][0]["state"] != "END":
            time.sleep(0.05)
        assert server.request(f"{MODEL}/versions/2:predict", {"instances": [1.0]})[0] == 404
        assert "serving 1, 2" not in server.log


@pytest.mark.parametrize("break_", ["truncated", "empty", "no variables"])
def test_a_corrupt_version_changes_nothing_and_is_told(models, own, break_):
    with ModelServer(own) as server:
        broken = made_models.copied(models / NAME / "2", own / NAME / "tmp")
        graph = broken / "saved_model.pb"
        if break_ == "truncated":
            graph.write_bytes(graph.read_bytes()[:1000])
        elif break_ == "empty":
            graph.write_bytes(b"")
        else:
            next((broken / "variables").glob("*.data*")).write_bytes(b"")
        broken.rename(own / NAME / "2")
        server.wait_for("version 2: .*what serves goes on serving")
        assert server.request(f"{MODEL}:predict", {"instances": [1.0]}) == (200, {"predictions": [2.5]})
        newest, old = server.request(MODEL)[1]["model_version_status"]
        assert (newest["version"], newest["state"], old["state"]) == ("2", "END", "AVAILABLE")
        assert newest["status"]["error_message"]


def test_a_version_that_was_changed_or_is_not_signed_never_serves(models, own, tmp_path):
    private, public = signatures.new_pair(tmp_path / "keys")
    sealed(own / NAME / "1", private)
    with ModelServer(own, serving=f'verify_with = "{public}"') as server:
        changed = made_models.copied(models / NAME / "2", own / NAME / "tmp")
        sealed(changed, private)
        data = next((changed / "variables").glob("*.data*"))
        content = data.read_bytes()
        data.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        changed.rename(own / NAME / "2")
        server.wait_for(f"version 2: .*variables/{data.name} was changed, .*what serves goes on serving")
        made_models.copied(models / NAME / "2", own / NAME / "3")
        server.wait_for("version 3: .*has no signature, .*what serves goes on serving")
        assert server.request(f"{MODEL}:predict", {"instances": [1.0]}) == (200, {"predictions": [2.5]})
        states = {v["version"]: v for v in server.request(MODEL)[1]["model_version_status"]}
        assert {number: found["state"] for number, found in states.items()} == {
            "1": "AVAILABLE",
            "2": "END",
            "3": "END",
        }
        assert "has no signature" in states["3"]["status"]["error_message"]
        sealed(own / NAME / "3", private)
        server.wait_for("serving 3")
        assert server.request(f"{MODEL}:predict", {"instances": [1.0]}) == (200, {"predictions": [3.5]})


def test_a_label_on_a_corrupt_version_stays_where_it_was(own):
    file = own / "models.config"
    file.write_text(config(own, "versions: 1", stable=1))
    with ModelServer(own) as server:
        (own / NAME / "2").mkdir()
        file.write_text(config(own, "versions: 2", stable=2))
        server.wait_for("version 2: .*what serves goes on serving")
        assert server.request(f"{MODEL}/labels/stable:predict", {"instances": [1.0]})[0] == 200


def test_a_config_that_does_not_parse_changes_nothing(own):
    file = own / "models.config"
    file.write_text(config(own, "versions: 1", stable=1))
    with ModelServer(own) as server:
        file.write_text("model_config_list {")
        server.wait_for("not a ModelServerConfig")
        assert server.request(f"{MODEL}/labels/stable:predict", {"instances": [1.0]})[0] == 200


def test_it_waits_for_a_first_version(models, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    with ModelServer(folder) as server:
        assert server.request(MODEL)[0] == 404
        (folder / NAME).mkdir()
        made_models.copied(models / NAME / "1", folder / NAME / "1")
        server.wait_for("serving 1")
        assert server.request(f"{MODEL}:predict", {"instances": [1.0]})[0] == 200


def test_a_reload_over_grpc_holds_until_the_file_changes(models, own):
    made_models.copied(models / NAME / "2", own / NAME / "2")
    with ModelServer(own) as server:
        request = model_management_pb2.ReloadConfigRequest()
        entry = request.config.model_config_list.config.add(name="other", model_platform="tensorflow")
        entry.base_path = str(own / NAME)
        entry.model_version_policy.specific.versions.append(1)
        assert server.models.HandleReloadConfigRequest(request).status.error_code == 0
        assert server.request("/v1/models/other:predict", {"instances": [1.0]}) == (200, {"predictions": [2.5]})
        assert server.request(f"{MODEL}:predict", {"instances": [1.0]})[0] == 404
        entry.base_path = "relative"
        answer = server.models.HandleReloadConfigRequest(request)
        assert "Expected model other to have an absolute path or URI" in answer.status.error_message
        assert server.request("/v1/models/other:predict", {"instances": [1.0]})[0] == 200


def test_sigterm_answers_what_is_under_way(tmp_path):
    made_models.half_plus(tmp_path / "models" / NAME / "1", seconds=1.0)
    with ModelServer(tmp_path / "models") as server:
        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(server.request(f"{MODEL}:predict", {"instances": [1.0]}))
        )
        asking.start()
        time.sleep(0.3)
        assert server.stop() == 0
        asking.join()
    assert answers == [(200, {"predictions": [2.5]})]


def test_a_taken_port_is_told(server, models):
    port = server.url.rsplit(":", 1)[1]
    command = [
        sys.executable,
        "-m",
        "pipeline.commands.main",
        "serve",
        "--local",
        "--port",
        "0",
        "--rest-api-port",
        port,
    ]
    done = subprocess.run([*command, "--serving-dir", str(models)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
