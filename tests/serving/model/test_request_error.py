"""TensorFlow's status codes in HTTP, as ToHTTPStatusCode of TensorFlow Serving's http_server.cc has them."""

import grpc
import pytest

from serving.model.request_error import RequestError

HTTP = {
    "OK": 200,
    "CANCELLED": 499,
    "UNKNOWN": 500,
    "INVALID_ARGUMENT": 400,
    "DEADLINE_EXCEEDED": 504,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "FAILED_PRECONDITION": 400,
    "ABORTED": 409,
    "OUT_OF_RANGE": 400,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DATA_LOSS": 500,
    "UNAUTHENTICATED": 401,
}


@pytest.mark.parametrize("code", grpc.StatusCode)
def test_every_code_is_the_one_of_tensorflow_serving(code):
    assert RequestError(code.value[0], "").http_status == HTTP[code.name]


def test_an_unknown_code_is_an_internal_error():
    assert RequestError(99, "").http_status == 500
