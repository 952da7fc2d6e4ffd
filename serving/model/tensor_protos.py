"""TensorProto to arrays and back, as TensorFlow reads and writes them, without TensorFlow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from serving.model.dtypes import (
    BFLOAT16,
    BOOL,
    COMPLEX64,
    COMPLEX128,
    DOUBLE,
    FLOAT,
    HALF,
    INT8,
    INT16,
    INT32,
    INT64,
    NUMPY,
    STRING,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
)
from serving.model.protos import dtype_name, tensor_pb2
from serving.model.request_error import RESOURCE_EXHAUSTED, RequestError, invalid

# Where a TensorProto has its values if they are not in tensor_content, and how these are stored there: a complex number
# as two, its real part first, and a float of 16 bits as a whole number of the same bits.
_FIELDS: dict[int, tuple[str, Any]] = {
    FLOAT: ("float_val", np.float32),
    DOUBLE: ("double_val", np.float64),
    STRING: ("string_val", object),
    INT64: ("int64_val", np.int64),
    BOOL: ("bool_val", np.bool_),
    HALF: ("half_val", np.int32),
    BFLOAT16: ("half_val", np.int32),
    COMPLEX64: ("scomplex_val", np.float32),
    COMPLEX128: ("dcomplex_val", np.float64),
    UINT32: ("uint32_val", np.uint32),
    UINT64: ("uint64_val", np.uint64),
    **dict.fromkeys((INT32, INT16, INT8, UINT8, UINT16), ("int_val", np.int32)),
}
_BITS = (HALF, BFLOAT16)
_PARTS = {COMPLEX64: 2, COMPLEX128: 2}  # how many stored numbers are a value, where it is not one
_MAX_RANK = 32  # NumPy 1's

# A few bytes can ask for any number of repeated values; a quarter of a gigabyte of floats is more than a batch needs.
_MAX_REPEATED = 2**26


def from_proto(proto: Any, alias: str = "") -> np.ndarray:
    """Makes an array of a TensorProto.

    Args:
        proto: the proto as TensorFlow takes it: missing values repeat the last one, or are zero if there is none.
        alias: the input's name, for messages.

    Returns:
        The array; strings as an object array of bytes. It may be read-only.

    Raises:
        RequestError: the values do not fit the shape, or the dtype is none we know.
    """
    dtype, tensor_shape = proto.dtype, proto.tensor_shape
    shape = [dimension.size for dimension in tensor_shape.dim]
    if dtype not in NUMPY:
        raise _refused(alias, f"dtype {dtype_name(dtype)} is not supported")
    if len(shape) > _MAX_RANK or min(shape, default=0) < 0 or tensor_shape.unknown_rank:
        raise _refused(alias, f"no shape of a tensor: {shape or 'unknown rank'}")
    count, content = math.prod(shape), proto.tensor_content
    if content and count:  # TensorFlow does not look at the content of an empty tensor
        array = _from_content(content, dtype, count, alias)
    else:
        array = _from_field(proto, dtype, count, alias)
    return array if len(shape) == 1 else array.reshape(shape)


def to_proto(array: np.ndarray, dtype: int) -> Any:
    """Makes a TensorProto of an array of `dtype`: its values in the field for it, as TensorFlow Serving answers."""
    proto = tensor_pb2.TensorProto()
    fill(proto, array, dtype)
    return proto


def fill(proto: Any, array: np.ndarray, dtype: int) -> None:
    """Writes an array into an empty TensorProto; see to_proto."""
    proto.dtype = dtype
    if not array.ndim:
        proto.tensor_shape.SetInParent()
    for size in array.shape:
        proto.tensor_shape.dim.add().size = size
    values = array.ravel()
    if dtype in _BITS:
        values = values.view(np.uint16)
    elif dtype in _PARTS:
        values = values.view(_FIELDS[dtype][1])
    getattr(proto, _FIELDS[dtype][0]).extend(values.tolist())


def _from_content(content: bytes, dtype: int, count: int, alias: str) -> np.ndarray:
    if dtype == STRING:
        return _strings(content, count, alias)
    expected = count * NUMPY[dtype].itemsize
    if len(content) != expected:
        raise _refused(alias, f"tensor_content has {len(content)} bytes, the shape and dtype need {expected}")
    return np.frombuffer(content, NUMPY[dtype])


def _strings(content: bytes, count: int, alias: str) -> np.ndarray:
    """Reads strings of tensor_content: first the length of each as a varint, then all of them."""
    sizes, position = [], 0
    for _ in range(min(count, len(content))):
        size = shift = 0
        while position < len(content):
            byte = content[position]
            position, size, shift = position + 1, size | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                break
        sizes.append(size)
    if len(sizes) != count or position + sum(sizes) != len(content):
        raise _refused(alias, f"tensor_content does not hold {count} strings")
    array = np.empty(count, object)
    for i, size in enumerate(sizes):
        array[i] = content[position : position + size]
        position += size
    return array


def _from_field(proto: Any, dtype: int, count: int, alias: str) -> np.ndarray:
    field, stored = _FIELDS[dtype]
    values = getattr(proto, field)
    parts = _PARTS.get(dtype, 1)
    given = min(len(values) // parts, count)  # TensorFlow passes over those too many
    if count > given and count > _MAX_REPEATED:
        message = f"tensor '{alias}' asks for {count} repeated values; at most {_MAX_REPEATED} are taken"
        raise RequestError(RESOURCE_EXHAUSTED, message)
    array = np.array(values[:given], object) if dtype == STRING else np.fromiter(values, stored, given * parts)
    if dtype in _BITS:
        array = array.astype(np.uint16).view(NUMPY[dtype])
    elif dtype in _PARTS:
        array = array.view(NUMPY[dtype])
    elif array.dtype != NUMPY[dtype]:
        array = array.astype(NUMPY[dtype])
    return array if given == count else _repeated(array, dtype, count)


def _repeated(array: np.ndarray, dtype: int, count: int) -> np.ndarray:
    nothing: Any = b"" if dtype == STRING else 0
    full = np.full(count, array[-1] if len(array) else nothing, NUMPY[dtype])
    full[: len(array)] = array
    return full


def _refused(alias: str, why: str) -> RequestError:
    return invalid(f"tensor parsing error: {alias} ({why})")
