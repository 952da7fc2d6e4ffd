"""Servers that fail, stumble, or are none of TensorFlow Serving: what is asked again, what not, and in which words."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import numpy as np
import pytest

from serving.client.base import ModelSpec, RawSignature, RefusedError, UnavailableError
from serving.client.rest import RestClient
from serving.client.rpc import RpcClient
from serving.model import tensor_protos
from serving.model.dtypes import DOUBLE, FLOAT, STRING
from serving.model.protos import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc
from turnstile.errors import UsageError

TAXI = ModelSpec("taxi")
INPUTS = {"x": np.array([0.5, np.nan], np.float32), "name": np.array(["ü".encode(), b""], object)}
ONE, TWO = RawSignature({}, {"value": FLOAT}), RawSignature({}, {"label": STRING, "value": FLOAT})


class Http:
    """An HTTP server that always answers the same."""

    def __init__(self, status, body, **headers):
        self.asked = asked = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                asked.append((self.path, self.rfile.read(int(self.headers.get("content-length", 0)))))
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in (headers | {"content-length": str(len(content))}).items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        self.client = RestClient(f"http://127.0.0.1:{self._server.server_port}", 10, 2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self._server.shutdown()
        self._server.server_close()


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        (TAXI, "/v1/models/taxi:predict"),
        (ModelSpec("taxi", version=7), "/v1/models/taxi/versions/7:predict"),
        (ModelSpec("taxi", label="a/b"), "/v1/models/taxi/labels/a%2Fb:predict"),
    ],
)
def test_rest_asks_in_columns(spec, path):
    answer = {"outputs": {"value": [1, None], "label": ["ü", {"b64": "/w=="}]}}
    with Http(200, answer, turnstile_model_version="7") as server:
        found = server.client.predict(spec, INPUTS, TWO)
    ((asked, body),) = server.asked
    assert asked == path
    assert body == b'{"signature_name": "raw", "inputs": {"x": [0.5, NaN], "name": ["\\u00fc", ""]}}'
    assert found.version == 7
    assert found.outputs["label"].tolist() == ["ü".encode(), b"\xff"]
    np.testing.assert_array_equal(found.outputs["value"], np.array([1, np.nan], np.float32))


def test_rest_a_single_output_has_no_name():
    with Http(200, b'{"outputs": [1.5, NaN]}') as server:
        found = server.client.predict(ModelSpec("taxi", version=3), INPUTS, ONE)
    assert found.version == 3
    np.testing.assert_array_equal(found.outputs["value"], np.array([1.5, np.nan], np.float32))


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_rest_what_may_pass_is_worth_asking_again(status):
    with Http(status, {"error": "queue is full"}) as server, pytest.raises(UnavailableError, match="queue is full"):
        server.client.predict(TAXI, INPUTS, ONE)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, {"error": "no such column"}, r"no such column \(HTTP 400\)"),
        (404, b"<html>not here</html>", r"<html>not here</html> \(HTTP 404\)"),
        (500, b"", r"Internal Server Error \(HTTP 500\)"),
        (200, b"<html>", "does not answer as TensorFlow Serving does: '<html>'"),
        (200, {"predictions": []}, "does not answer as TensorFlow Serving"),
        (200, {"outputs": "text"}, "does not answer as TensorFlow Serving"),
        (200, [1], "does not answer as TensorFlow Serving"),
        (302, b"elsewhere", r"elsewhere \(HTTP 302\)"),
    ],
)
def test_rest_a_no_is_told_in_the_servers_words(status, body, words):
    with Http(status, body) as server, pytest.raises(RefusedError, match=words):
        server.client.predict(TAXI, INPUTS, ONE)


def test_rest_metadata_that_is_none():
    with Http(200, {"metadata": {"signature_def": 5}}) as server, pytest.raises(RefusedError, match="does not answer"):
        server.client.signature(TAXI)


class Rpc(prediction_service_pb2_grpc.PredictionServiceServicer):
    """A gRPC server that always answers the same: a status, or `answer`."""

    def __init__(self, code=None, words="", answer=None):
        self.code, self.words, self.answer, self.asked = code, words, answer, []
        self._server = grpc.server(ThreadPoolExecutor(2))
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self.client = RpcClient(f"127.0.0.1:{self.port}", 10, 2)

    def Predict(self, request, context):
        self.asked.append(request)
        return self.answer or context.abort(self.code, self.words)

    GetModelMetadata = Predict

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self.client.close()
        self._server.stop(0)


def test_rpc_asks_with_tensors():
    answer = predict_pb2.PredictResponse()
    answer.model_spec.version.value = 7
    tensor_protos.fill(answer.outputs["value"], np.array([1, 2], np.float32), FLOAT)
    with Rpc(answer=answer) as server:
        found = server.client.predict(ModelSpec("taxi", label="canary"), INPUTS, ONE)
    (request,) = server.asked
    assert (request.model_spec.name, request.model_spec.version_label, request.model_spec.signature_name) == (
        "taxi", "canary", "raw",
    )  # fmt: skip
    assert list(request.inputs["name"].string_val) == ["ü".encode(), b""]
    assert (found.version, found.outputs["value"].tolist()) == (7, [1, 2])


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED])
def test_rpc_what_may_pass_is_worth_asking_again(code):
    with Rpc(code, "queue is full") as server, pytest.raises(UnavailableError):
        server.client.predict(TAXI, INPUTS, ONE)
    assert len(server.asked) == 1


@pytest.mark.parametrize("code", ["INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "INTERNAL", "UNIMPLEMENTED"])
def test_rpc_a_no_is_told_in_the_servers_words(code):
    with Rpc(grpc.StatusCode[code], "no: ü") as server, pytest.raises(RefusedError, match=rf"no: ü \({code}\)"):
        server.client.predict(TAXI, INPUTS, ONE)


def metadata(**signatures):
    found = get_model_metadata_pb2.SignatureDefMap()
    for name, dtypes in signatures.items():
        for column, dtype in dtypes.items():
            found.signature_def[name].inputs[column].dtype = dtype
    answer = get_model_metadata_pb2.GetModelMetadataResponse()
    answer.metadata["signature_def"].Pack(found)
    return answer


def test_a_model_without_the_raw_signature():
    with Rpc(answer=metadata(serving_default={"x": FLOAT}, other={})) as server, pytest.raises(UsageError) as error:
        server.client.signature(TAXI)
    assert str(error.value) == (
        "model 'taxi': has no signature 'raw', which takes one input a column; it has: serving_default"
    )


def test_a_model_that_takes_what_no_row_has():
    with Rpc(answer=metadata(raw={"x": DOUBLE})) as server, pytest.raises(UsageError, match="'x' is of type double"):
        server.client.signature(TAXI)


def test_each_kind_of_server_at_the_address_of_the_other():
    with Http(200, {}) as rest, pytest.raises(UsageError, match="speaks HTTP 1, not gRPC; for REST: --url http"):
        RpcClient(rest.client.address.removeprefix("http://"), 10, 1).signature(TAXI)
    with Rpc() as rpc, pytest.raises(UnavailableError, match="the connection broke, or speaks no HTTP"):
        RestClient(f"http://127.0.0.1:{rpc.port}", 10, 1).signature(TAXI)


def test_nobody_there():
    with pytest.raises(UnavailableError, match=r"127.0.0.1:1: no answer \(.*Connection refused\)"):
        RpcClient("127.0.0.1:1", 10, 1).signature(TAXI)
    with pytest.raises(UnavailableError, match=r"http://127.0.0.1:1: no server answers there \(.*Connection refused\)"):
        RestClient("http://127.0.0.1:1", 10, 1).signature(TAXI)


def test_a_server_that_never_answers():
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent:  # accepts, and serves nobody
        for client in (RestClient(f"http://127.0.0.1:{silent.server_port}", 0.2, 1),
                       RpcClient(f"127.0.0.1:{silent.server_port}", 0.2, 1)):  # fmt: skip
            with pytest.raises(UnavailableError, match=r"no answer within 0.2 s, the limit \(--timeout\)"):
                client.signature(TAXI)
