"""The JSON of TensorFlow Serving's REST API, from and to arrays and messages."""

from __future__ import annotations

from serving.server.rest_examples import parse_examples
from serving.server.rest_request import PredictRequest, parse_predict
from serving.server.rest_response import (
    classify_response,
    error_response,
    metadata_response,
    predict_response,
    regress_response,
    status_response,
)

__all__ = [
    "PredictRequest",
    "classify_response",
    "error_response",
    "metadata_response",
    "parse_examples",
    "parse_predict",
    "predict_response",
    "regress_response",
    "status_response",
]
