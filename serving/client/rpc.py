"""Asks a model server by TensorFlow Serving's gRPC API."""

from __future__ import annotations

from typing import Any

import grpc

from serving.client.base import (
    RAW,
    Answer,
    ModelSpec,
    RawSignature,
    RefusedError,
    UnavailableError,
    raw_signature,
    timeout_message,
)
from serving.model import tensor_protos
from serving.model.dtypes import FLOAT, INT64, STRING
from serving.model.protos import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc
from serving.rows.reading import Arrays
from turnstile.errors import UsageError

_DTYPES = {"O": STRING, "i": INT64, "f": FLOAT}  # by the kind of the arrays that serving.rows.reading makes
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
    """A client that asks by gRPC.

    Args:
        target: the address of the server, as host:port.
        timeout: the seconds after which a request is given up.
        max_concurrent: how many requests the caller will send at the same time.
    """

    def __init__(self, target: str, timeout: float, max_concurrent: int):
        self.address, self.max_concurrent, self._timeout = target, max_concurrent, timeout
        self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)

    def signature(self, spec: ModelSpec) -> RawSignature:
        """Returns the inputs and outputs of the `raw` signature; see Client."""
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        _fill(request.model_spec, spec)
        answer = self._ask(self._stub.GetModelMetadata, request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(signatures)
        return raw_signature(signatures.signature_def, spec)

    def predict(self, spec: ModelSpec, inputs: Arrays, signature: RawSignature) -> Answer:
        """Asks the `raw` signature; see Client."""
        request = predict_pb2.PredictRequest()
        _fill(request.model_spec, spec)
        request.model_spec.signature_name = RAW
        for name, array in inputs.items():
            tensor_protos.fill(request.inputs[name], array, _DTYPES[array.dtype.kind])
        answer = self._ask(self._stub.Predict, request)
        outputs = {name: tensor_protos.from_proto(answer.outputs[name], name) for name in signature.outputs}
        return Answer(outputs, answer.model_spec.version.value or spec.version)

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def _ask(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self._timeout)
        except grpc.RpcError as error:
            code, words = error.code(), error.details()
            if code not in _MAY_PASS:
                raise RefusedError(f"{self.address}: {words} ({code.name})") from error
            if code == grpc.StatusCode.DEADLINE_EXCEEDED:
                raise UnavailableError(timeout_message(self.address, self._timeout)) from error
            if _HTTP1 in words:
                raise UsageError(
                    f"{self.address}: speaks HTTP 1, not gRPC; for REST: --url http://{self.address}"
                ) from error
            raise UnavailableError(f"{self.address}: no answer ({words.split(_LAST)[-1]})") from error


def _fill(message: Any, spec: ModelSpec) -> None:
    message.name = spec.name
    if spec.version is not None:
        message.version.value = spec.version
    elif spec.label:
        message.version_label = spec.label
