"""Asks a model server by TensorFlow Serving's gRPC API."""

from __future__ import annotations

from typing import Any

import grpc

from serving.client.base import RAW, Answer, Model, RefusedError, UnavailableError, Which, late, raw_signature
from serving.model import tensor_protos
from serving.model.dtypes import FLOAT, INT64, STRING
from serving.model.protos import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc
from serving.rows.reading import Arrays
from turnstile.errors import UsageError

_DTYPES = {"O": STRING, "i": INT64, "f": FLOAT}  # by the kinds of serving.rows.reading' arrays
_MAY_PASS = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
# gRPC's words: what it found instead of a gRPC server, and what comes before the reason for no connection.
_HTTP1, _LAST = "Failed parsing HTTP/2", "last error: "
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),  # the server has a limit, and says so
    # gRPC's own waits between attempts to connect would outlast ours.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.enable_retries", 0),  # serving.client.retries does it
]


class RpcClient:
    """A client by gRPC.

    Args:
        target: host:port.
        timeout: seconds for each request.
        at_once: requests under way.
    """

    def __init__(self, target: str, timeout: float, at_once: int):
        self.where, self.at_once, self._timeout = target, at_once, timeout
        self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)

    def model(self, which: Which) -> Model:
        """Returns what a model takes and gives; see Client."""
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        _fill(request.model_spec, which)
        answer = self._ask(self._stub.GetModelMetadata, request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(signatures)
        return raw_signature(signatures.signature_def, which)

    def predict(self, which: Which, inputs: Arrays, model: Model) -> Answer:
        """Asks the `raw` signature; see Client."""
        request = predict_pb2.PredictRequest()
        _fill(request.model_spec, which)
        request.model_spec.signature_name = RAW
        for name, array in inputs.items():
            tensor_protos.fill(request.inputs[name], array, _DTYPES[array.dtype.kind])
        answer = self._ask(self._stub.Predict, request)
        outputs = {name: tensor_protos.from_proto(answer.outputs[name], name) for name in model.outputs}
        return Answer(outputs, answer.model_spec.version.value or which.version)

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def _ask(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self._timeout)
        except grpc.RpcError as error:
            code, words = error.code(), error.details()
            if code not in _MAY_PASS:
                raise RefusedError(f"{self.where}: {words} ({code.name})") from error
            if code == grpc.StatusCode.DEADLINE_EXCEEDED:
                raise UnavailableError(late(self.where, self._timeout)) from error
            if _HTTP1 in words:
                raise UsageError(
                    f"{self.where}: speaks HTTP 1, not gRPC; for REST: --url http://{self.where}"
                ) from error
            raise UnavailableError(f"{self.where}: no answer ({words.split(_LAST)[-1]})") from error


def _fill(spec: Any, which: Which) -> None:
    spec.name = which.name
    if which.version is not None:
        spec.version.value = which.version
    elif which.label:
        spec.version_label = which.label
