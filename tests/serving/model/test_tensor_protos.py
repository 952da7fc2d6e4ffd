"""TensorProto to arrays and back: every dtype, both places for values, and what is no tensor."""

import numpy as np
import pytest

from serving.model.dtypes import BOOL, DOUBLE, FLOAT, HALF, INT8, INT32, INT64, NAMES, NUMPY, STRING, UINT8, UINT64
from serving.model.protos import tensor_pb2
from serving.model.request_error import INVALID_ARGUMENT, RESOURCE_EXHAUSTED, RequestError
from serving.model.tensor_protos import from_proto, to_proto

RAGGED = [b"", b"a", b"\xff\0", b"x" * 300, b"ab", b"c"]


def proto(dtype, shape=(), **fields):
    found = tensor_pb2.TensorProto(dtype=dtype, **fields)
    for size in shape:
        found.tensor_shape.dim.add(size=size)
    return found


def array_of(dtype, shape):
    size = int(np.prod(shape))
    if dtype == STRING:
        flat = np.empty(size, object)
        flat[:] = [RAGGED[i % len(RAGGED)] for i in range(size)]
        return flat.reshape(shape)
    edges = [0, 1] if dtype == BOOL else [0, 1, 100, -1 if np.dtype(NUMPY[dtype]).kind != "u" else 200]
    return np.resize(np.array(edges), size).astype(NUMPY[dtype]).reshape(shape)


def refusal(given, alias="x"):
    with pytest.raises(RequestError) as caught:
        from_proto(given, alias)
    return caught.value


@pytest.mark.parametrize("shape", [(), (1,), (5,), (0,), (2, 3), (2, 0, 3), (1,) * 32])
@pytest.mark.parametrize("dtype", sorted(NUMPY), ids=lambda number: NAMES[number])
def test_an_array_survives(dtype, shape):
    array = array_of(dtype, shape)
    sent = tensor_pb2.TensorProto.FromString(to_proto(array, dtype).SerializeToString())
    assert sent.HasField("tensor_shape")
    assert not sent.tensor_content  # clients read float_val and its like
    found = from_proto(sent)
    assert (found.dtype, found.shape) == (NUMPY[dtype], shape)
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("dtype", sorted(set(NUMPY) - {STRING}), ids=lambda number: NAMES[number])
def test_tensor_content(dtype):
    array = array_of(dtype, (2, 3))
    given = proto(dtype, (2, 3), tensor_content=array.tobytes())
    np.testing.assert_array_equal(from_proto(given), array)
    assert from_proto(given).dtype == NUMPY[dtype]


def test_strings_in_tensor_content():
    lengths = b"".join(bytes([len(s)]) if len(s) < 128 else bytes([len(s) & 127 | 128, len(s) >> 7]) for s in RAGGED)
    found = from_proto(proto(STRING, (2, 3), tensor_content=lengths + b"".join(RAGGED)))
    assert found.tolist() == [RAGGED[:3], RAGGED[3:]]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (proto(FLOAT, (4,), float_val=[1.5]), [1.5] * 4),
        (proto(FLOAT, (4,), float_val=[1, 2]), [1, 2, 2, 2]),
        (proto(INT64, (2, 2), int64_val=[1, 2, 3]), [[1, 2], [3, 3]]),
        (proto(STRING, (3,), string_val=[b"a", b"b"]), [b"a", b"b", b"b"]),
        (proto(BOOL, (2,), bool_val=[True]), [True, True]),
        (proto(DOUBLE, (2,)), [0, 0]),
        (proto(STRING, (2,)), [b"", b""]),
        (proto(HALF, (2,), half_val=[0x3C00]), [1, 1]),
        pytest.param(proto(INT32, (1,), int_val=[7, 8, 9]), [7], id="more values than the shape has"),
        pytest.param(proto(UINT8, (2,), int_val=[-1, 300]), [255, 44], id="wrapped"),
        pytest.param(proto(INT8, (), int_val=[200]), -56, id="wrapped too"),
        (proto(UINT64, (), uint64_val=[2**64 - 1]), 2**64 - 1),
        pytest.param(proto(FLOAT, (0,), float_val=[1]), [], id="no element"),
        pytest.param(proto(FLOAT, (0,), tensor_content=b"abc"), [], id="content of no element"),
        pytest.param(proto(FLOAT, (1,), int_val=[3]), [0], id="the field of another dtype"),
        pytest.param(proto(STRING, (), string_val=[b"a"]), b"a", id="scalar"),
    ],
)
def test_values_are_repeated_and_left_out_as_tensorflow_does(given, expected):
    found = from_proto(given)
    assert found.tolist() == expected
    assert found.dtype == NUMPY[given.dtype]


@pytest.mark.parametrize(
    "given",
    [
        proto(0, (1,), float_val=[1]),
        proto(FLOAT, (-1,), float_val=[1]),
        proto(FLOAT, (2, -5), float_val=[1]),
        proto(FLOAT, (1,) * 33, float_val=[1]),
        proto(FLOAT, (2,), tensor_content=b"abc"),
        proto(FLOAT, (2**62, 2**62), tensor_content=b"abcd"),
        proto(INT64, (1,), tensor_content=b"abcdabcdabcd"),
        proto(11, (1,), int_val=[1]),
        proto(20, (1,)),
        proto(99, (1,)),
        proto(STRING, (2,), tensor_content=b"\1\1a"),
        proto(STRING, (1,), tensor_content=b"\1ab"),
        proto(STRING, (1,), tensor_content=b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        proto(STRING, (2**40,), tensor_content=b"\1a"),
    ],
)
def test_what_is_no_tensor_is_refused(given):
    error = refusal(given)
    assert error.code == INVALID_ARGUMENT
    assert error.message.startswith("tensor parsing error: x (")


def test_an_unknown_rank_is_refused():
    given = proto(FLOAT, (), float_val=[1])
    given.tensor_shape.unknown_rank = True
    assert "unknown rank" in refusal(given).message


@pytest.mark.parametrize("dtype", [FLOAT, STRING])
@pytest.mark.parametrize("shape", [(2**40,), (2**31, 2**31, 2**31)])
def test_a_few_bytes_do_not_ask_for_all_memory(dtype, shape):
    error = refusal(proto(dtype, shape), "fare")
    assert error.code == RESOURCE_EXHAUSTED
    assert "'fare'" in error.message


def test_the_field_that_clients_read():
    found = to_proto(np.array([[0.5, 1]], np.float32), FLOAT)
    assert (list(found.float_val), [dimension.size for dimension in found.tensor_shape.dim]) == ([0.5, 1], [1, 2])
    assert list(to_proto(np.array(["Bläu".encode()], object), STRING).string_val) == ["Bläu".encode()]
    assert list(to_proto(np.arange(6)[::2], INT64).int64_val) == [0, 2, 4]
