"""Functions in a process of their own: what goes there and comes back, what they raise, and when it dies."""

import asyncio
import io
import math
import os
import signal

import numpy as np
import pytest

from serving.model.dtypes import BFLOAT16, NUMPY
from serving.model.protos import classification_pb2, model_pb2
from serving.model.request_error import INTERNAL, INVALID_ARGUMENT, UNAVAILABLE, RequestError
from serving.server import large, rpc_messages
from serving.server.apart import Apart, receive, send
from serving.server.bodies import Body
from serving.server.rest_json import predict_response
from tests.made_signatures import MadeSignature

ClassificationRequest = classification_pb2.ClassificationRequest

ARRAYS = [
    np.arange(6, dtype=np.float32).reshape(2, 3),
    np.arange(6).reshape(2, 3).T,
    np.array(2.5),
    np.zeros((0, 4), np.int64),
    np.array([1.5, -2]).astype(NUMPY[BFLOAT16]),
    np.array([[b"a", b""], [b"\0\xff", "ü".encode()]], object),
    np.array(b"alone", object),
    np.empty((0, 2), object),
    np.array([b"%d" % i for i in range(25_000)], object),
]


@pytest.fixture(scope="module")
def calls():
    """Calls functions of one process."""
    apart = Apart()
    yield lambda *arguments: asyncio.run(apart(*arguments))
    apart.close()


def test_arrays_come_back_as_they_were(calls):
    for array, found in zip(ARRAYS, calls(list, ARRAYS), strict=True):
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found, array)


def test_messages_and_bytes_come_back_as_they_were(calls):
    assert calls(list, [model_pb2.ModelSpec(name="a", version_label="b")])[0].version_label == "b"
    assert calls(bytes, b"\0" * 100_000) == b"\0" * 100_000


def test_what_a_function_raises_is_raised_here(calls):
    with pytest.raises(RequestError, match="Failed to get input map") as error:
        calls(
            large._read_predict,
            [b'{"instances": [1]}'],
            False,
            99,
            {"serving_default": large.Signature(MadeSignature({}))},
        )
    assert error.value.code == INVALID_ARGUMENT
    with pytest.raises(RequestError, match=r"ValueError: (math domain|expected a nonneg)") as error:
        calls(math.sqrt, -1)
    assert error.value.code == INTERNAL


class NOTHING:
    inputs, outputs, defaults = {}, {}, {}


def test_a_process_that_dies_is_told_and_replaced():
    apart = Apart()
    with pytest.raises(RequestError, match=r"has ended .* send it again") as error:
        asyncio.run(apart(signal.raise_signal, signal.SIGKILL))
    assert error.value.code == UNAVAILABLE
    assert asyncio.run(apart(os.getpid)) != os.getpid()
    apart.close()


def test_what_is_large_is_read_and_written_apart():
    seen = []

    async def apart(function, *arguments):
        seen.append(function.__name__)
        pipe = io.BytesIO()
        send(pipe, (function, arguments))
        pipe.seek(0)
        sent, given = receive(pipe)
        return sent(*given)

    async def all_of_it():
        body = Body([b'{"examples": [' + b'{"x": 1},' * 70_000 + b'{"x": 2}]}'], False, 10**9)
        name, examples = await large.read_examples(apart, body)
        assert (name, len(examples)) == ("", 70_001)
        outputs = {"y": np.arange(200_000, dtype=np.float32)}
        message = await large.write(apart, rpc_messages.write_predict, outputs, model_pb2.ModelSpec(name="m"))
        with pytest.raises(RequestError, match=r"is not a tensorflow\.serving\.ClassificationRequest"):
            await large.read_message(apart, rpc_messages.read_examples, b"\xff" + message, ClassificationRequest)
        assert await large.write(apart, predict_response, outputs, True) == predict_response(outputs, True)
        few = {"y": outputs["y"][:5]}
        assert await large.write(apart, predict_response, few, True) == predict_response(few, True)

    asyncio.run(all_of_it())
    assert seen == ["_read_examples", "write_predict", "read_examples", "predict_response"]


def test_strings_that_nobody_needs_are_forgotten():
    many, few = np.array([b"x"] * 30_000, object), np.array([b"x"], object)
    asyncio.run(large.forget({"many": many, "few": few, "numbers": np.zeros(30_000)}))
    assert (set(many.tolist()), few.tolist()) == ({None}, [b"x"])
