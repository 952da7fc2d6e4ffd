"""gRPC's messages: from bytes to what is asked, and from what is answered to bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from serving.model import tensor_protos
from serving.model.dtypes import number
from serving.model.protos import classification_pb2, model_pb2, predict_pb2, regression_pb2
from serving.model.request_error import invalid
from serving.server import inference


@dataclass(frozen=True)
class Predict:
    """What a PredictRequest asks.

    Attributes:
        spec: its ModelSpec.
        inputs: an array for each input that it gives.
        output_filter: the outputs it wants; none for all.
    """

    spec: Any
    inputs: dict[str, np.ndarray]
    output_filter: list[str]


@dataclass(frozen=True)
class Examples:
    """What a ClassificationRequest or RegressionRequest asks: its ModelSpec, and serialized tf.train.Examples."""

    spec: Any
    examples: np.ndarray


def read(kind: Any, data: bytes) -> Any:
    """Reads a message.

    Args:
        kind: its class.
        data: the data as it came.

    Raises:
        RequestError: it is none of this class.
    """
    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise invalid(f"The request is not a {kind.DESCRIPTOR.full_name}: {error}") from error


def read_predict(data: bytes) -> Predict:
    """Reads a PredictRequest.

    Raises:
        RequestError: it is none, or a tensor of it is none.
    """
    request = read(predict_pb2.PredictRequest, data)
    inputs = {alias: tensor_protos.from_proto(proto, alias) for alias, proto in request.inputs.items()}
    return Predict(_alone(request.model_spec), inputs, list(request.output_filter))


def write_predict(outputs: Mapping[str, np.ndarray], spec: Any) -> bytes:
    """Writes a PredictResponse."""
    response = predict_pb2.PredictResponse(model_spec=spec)
    for alias, array in outputs.items():
        tensor_protos.fill(response.outputs[alias], array, number(array))
    return response.SerializeToString()


def read_examples(data: bytes, kind: Any) -> Examples:
    """Reads a ClassificationRequest or RegressionRequest.

    Raises:
        RequestError: it is none, or has no examples.
    """
    request = read(kind, data)
    return Examples(_alone(request.model_spec), np.array(inference.examples_of(request.input), object))


def _alone(spec: Any) -> Any:
    """Copies a part of a request, which would keep all of it in memory."""
    copy = model_pb2.ModelSpec()
    copy.CopyFrom(spec)
    return copy


def write_classification(result: Any, spec: Any) -> bytes:
    """Writes a ClassificationResponse."""
    return classification_pb2.ClassificationResponse(result=result, model_spec=spec).SerializeToString()


def write_regression(result: Any, spec: Any) -> bytes:
    """Writes a RegressionResponse."""
    return regression_pb2.RegressionResponse(result=result, model_spec=spec).SerializeToString()
