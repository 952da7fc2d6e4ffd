"""TensorProto to arrays and back, beside TensorFlow: its C++ parser, and the functions that clients use."""

import numpy as np
import pytest
import tensorflow as tf

from serving.model.dtypes import NAMES, NUMPY, STRING
from serving.model.protos import tensor_pb2
from serving.model.request_error import RequestError
from serving.model.tensor_protos import from_proto, to_proto

DTYPES = pytest.mark.parametrize("dtype", sorted(NUMPY), ids=lambda number: NAMES[number])


def random_array(generator, dtype, shape):
    size = int(np.prod(shape))
    if dtype == STRING:
        flat = np.empty(size, object)
        flat[:] = [generator.bytes(generator.integers(0, 200)) for _ in range(size)]
        return flat.reshape(shape)
    raw = generator.bytes(size * NUMPY[dtype].itemsize)
    array = np.frombuffer(raw, np.uint8 if NUMPY[dtype] == np.bool_ else NUMPY[dtype])
    return (array % 2 == 0 if NUMPY[dtype] == np.bool_ else array).reshape(shape)


@DTYPES
@pytest.mark.parametrize("shape", [(), (1,), (7,), (0,), (2, 3), (2, 0)])
def test_clients_read_what_we_write_and_we_read_what_they_write(dtype, shape):
    array = random_array(np.random.default_rng(dtype), dtype, shape)
    np.testing.assert_array_equal(tf.make_ndarray(to_proto(array, dtype)), array)
    sent = tf.make_tensor_proto(array, tf.as_dtype(dtype), shape)
    np.testing.assert_array_equal(from_proto(sent), array)


@DTYPES
def test_what_tensorflow_serializes(dtype):
    array = random_array(np.random.default_rng(dtype), dtype, (3, 2))
    serialized = tf.io.serialize_tensor(tf.constant(array, tf.as_dtype(dtype))).numpy()
    np.testing.assert_array_equal(from_proto(tensor_pb2.TensorProto.FromString(serialized)), array)


@DTYPES
def test_any_number_of_values_in_any_shape_is_taken_or_refused_as_tensorflow_does(dtype):
    generator, agreed = np.random.default_rng(dtype), 0
    for _ in range(100):
        values = random_array(generator, dtype, (generator.integers(0, 6),))
        given = to_proto(values, dtype)
        if dtype != STRING and generator.random() < 0.5:
            given = tensor_pb2.TensorProto(dtype=dtype, tensor_content=values.tobytes())
        del given.tensor_shape.dim[:]
        for size in generator.integers(-1 if generator.random() < 0.1 else 0, 4, generator.integers(0, 3)):
            given.tensor_shape.dim.add(size=size)
        try:
            expected = tf.io.parse_tensor(given.SerializeToString(), tf.as_dtype(dtype)).numpy()
        except tf.errors.OpError:
            with pytest.raises(RequestError):
                from_proto(given)
        else:
            found = from_proto(given)
            np.testing.assert_array_equal(found, expected)
            agreed += 1
    assert agreed > 20
