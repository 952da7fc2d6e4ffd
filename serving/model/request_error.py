"""What a request can be refused with: TensorFlow's status codes, and what they are in HTTP."""

from __future__ import annotations

from typing import NamedTuple

# google.rpc.Code, which gRPC and TensorFlow share.
OK, CANCELLED, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, ALREADY_EXISTS = 0, 1, 3, 4, 5, 6
PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE = 7, 8, 9, 10, 11
UNIMPLEMENTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED = 12, 13, 14, 16

# As TensorFlow Serving's HTTP server answers them (ToHTTPStatusCode in its model_servers/http_server.cc); all others,
# such as INTERNAL, are 500. Any operation of a model's graph can fail with any of them.
_HTTP = {
    OK: 200,
    INVALID_ARGUMENT: 400,
    FAILED_PRECONDITION: 400,
    OUT_OF_RANGE: 400,
    UNAUTHENTICATED: 401,
    PERMISSION_DENIED: 403,
    NOT_FOUND: 404,
    ALREADY_EXISTS: 409,
    ABORTED: 409,
    RESOURCE_EXHAUSTED: 429,
    CANCELLED: 499,
    UNIMPLEMENTED: 501,
    UNAVAILABLE: 503,
    DEADLINE_EXCEEDED: 504,
}


class RequestError(Exception):
    """A request that cannot be answered.

    Attributes:
        code: a google.rpc.Code number.
        message: the message, in TensorFlow Serving's words where it has some.
    """

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code, self.message = code, message

    def __reduce__(self) -> tuple:  # it comes from another process, too
        return type(self), (self.code, self.message)

    @property
    def http_status(self) -> int:
        """The HTTP status that says the same."""
        return _HTTP.get(self.code, 500)


class Refusal(NamedTuple):
    """A code and a message with a place for a name."""

    code: int
    message: str


# A signature that a model does not have, as each of TensorFlow Serving's interfaces words it.
NO_REST_SIGNATURE = Refusal(INVALID_ARGUMENT, 'Serving signature name: "{}" not found in signature def')
NO_PREDICT_SIGNATURE = Refusal(FAILED_PRECONDITION, 'Serving signature key "{}" not found.')
NO_EXAMPLES_SIGNATURE = Refusal(INVALID_ARGUMENT, "No signature was found with the name: {}")
NO_TASK_SIGNATURE = Refusal(INVALID_ARGUMENT, "Requested signature not found in model graph: {}")


def invalid(message: str) -> RequestError:
    """A request that is refused as INVALID_ARGUMENT."""
    return RequestError(INVALID_ARGUMENT, message)
