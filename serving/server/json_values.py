"""JSON values as arrays, converted and refused as TensorFlow Serving's json_tensor.cc does.

`convert` does it in C, for values that are plainly right. Where it cannot, `fill` looks at each value, and either takes
it too (a number that only just fits, Infinity) or says which one is wrong.
"""

from __future__ import annotations

import binascii
import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from serving.model.dtypes import BOOL, DOUBLE, FLOAT, INT8, INT16, INT32, INT64, NUMPY, STRING, UINT8, UINT32, UINT64
from serving.model.protos import dtype_name
from serving.model.request_error import UNIMPLEMENTED, RequestError, invalid
from serving.server.json_document import shown

# Dimensions of a tensor; TensorFlow has up to 254, NumPy 1 has 32. One is left for the batch.
MAX_RANK = 31

# The largest magnitude that a number without and with a fraction may have.
_LARGEST_WHOLE = {FLOAT: 2**24 - 1, DOUBLE: 2**53 - 1}
_LARGEST = {FLOAT: float(np.finfo(np.float32).max), DOUBLE: float(np.finfo(np.float64).max)}

# What a whole number may be. The narrow ones are only held to 32 bits and then wrapped, as TensorFlow Serving does it.
_INT32_RANGE = (-(2**31), 2**31 - 1)
_RANGES = {
    INT64: (-(2**63), 2**63 - 1),
    INT32: _INT32_RANGE,
    INT16: _INT32_RANGE,
    INT8: _INT32_RANGE,
    UINT8: _INT32_RANGE,
    UINT32: (0, 2**32 - 1),
    UINT64: (0, 2**64 - 1),
}
_NUMBERS, _TEXTS = {float, int}, {str, dict}
_TYPES = {
    type(None): "Null", dict: "Object", list: "Array", str: "String", int: "Number", float: "Number",
}  # fmt: skip


def flatten(items: Sequence[Any]) -> tuple[list[int], Sequence[Any]] | None:
    """Takes nested lists apart.

    Returns:
        Their shape, beginning with the number of items, and the values; None if lists at one level differ in size.
    """
    shape = [len(items)]
    while items and type(items[0]) is list:
        if len(shape) > MAX_RANK or set(map(type, items)) != {list}:
            return None
        sizes = set(map(len, items))
        if len(sizes) > 1:
            return None
        shape.extend(sizes)
        items = list(chain.from_iterable(items))
    return shape, items


def convert(values: Sequence[Any], dtype: int) -> np.ndarray | None:
    """Makes a flat array of values; None if they need a closer look."""
    kinds = set(map(type, values))
    if dtype in _LARGEST:
        return _floats(values, kinds, dtype)
    if dtype == STRING:
        return _strings(values, kinds) if kinds <= _TEXTS else None
    if dtype in _RANGES and kinds == {int}:
        least, most = _RANGES[dtype]
        return to_array(values, dtype) if least <= min(values) and max(values) <= most else None
    return to_array(values, dtype) if not kinds or (dtype == BOOL and kinds == {bool}) else None


def _floats(values: Sequence[Any], kinds: set[type], dtype: int) -> np.ndarray | None:
    if not kinds <= _NUMBERS:
        return None
    array = np.array(values, np.float64)
    limit = _LARGEST_WHOLE[dtype] if int in kinds else _LARGEST[dtype]
    if values and np.fmax.reduce(np.abs(array)) > limit:  # fmax passes over NaN
        return None
    return array.astype(NUMPY[dtype], copy=False)


def _strings(values: Sequence[Any], kinds: set[type]) -> np.ndarray | None:
    if dict not in kinds:
        return np.array(list(map(str.encode, values)), object)
    try:
        return np.array([decode(v) if type(v) is dict else v.encode() for v in values], object)
    except RequestError:
        return None


def to_array(values: Sequence[Any], dtype: int) -> np.ndarray:
    """Makes a flat array of values that have been looked at."""
    if dtype in _RANGES:
        return np.array(values, np.uint64 if dtype == UINT64 else np.int64).astype(NUMPY[dtype], copy=False)
    return np.array(values, NUMPY.get(dtype, object))


def shape_of(value: Any) -> list[int]:
    """Returns the shape that nested lists have at their beginning.

    Raises:
        RequestError: there are too many in one another.
    """
    shape: list[int] = []
    while isinstance(value, list):
        shape.append(len(value))
        if len(shape) > MAX_RANK:
            raise invalid(f"Encountered list at unexpected level: {MAX_RANK}; a tensor has at most {MAX_RANK} here")
        if not value:
            break
        value = value[0]
    return shape


def fill(value: Any, shape: list[int], dtype: int, values: list[Any], level: int = 0) -> None:
    """Appends the values of nested lists to `values`, looking at each.

    Args:
        value: nested lists.
        shape: what `shape_of` gives for it.
        dtype: the dtype of the tensor.
        values: where they go.
        level: how many lists the values are in.

    Raises:
        RequestError: a value is not of the dtype, or a list not of the shape.
    """
    if not isinstance(value, list):
        if level != len(shape):
            raise invalid(
                f"JSON Value: {shown(value)} found at incorrect level: {level + 1} in the JSON DOM. "
                f"Expected at level: {len(shape)}"
            )
        values.append(_looked_at(value, dtype))
        return
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(value)} at level: {level} expected size: {shape[level]}"
        )
    for item in value:
        fill(item, shape, dtype, values, level + 1)


def _looked_at(value: Any, dtype: int) -> Any:
    """Returns a value as NumPy takes it."""
    if isinstance(value, dict):
        if dtype != STRING:
            raise _type_error(value, dtype)
        return decode(value)
    if dtype in _LARGEST:
        if type(value) not in _NUMBERS:
            raise _type_error(value, dtype)
        check_lossless(value, dtype)
    elif dtype in _RANGES:
        least, most = _RANGES[dtype]
        if type(value) is not int or not least <= value <= most:
            raise _type_error(value, dtype)
    elif dtype == STRING:
        if not isinstance(value, str):
            raise _type_error(value, dtype)
        return value.encode()
    elif dtype == BOOL:
        if not isinstance(value, bool):
            raise _type_error(value, dtype)
    else:
        raise RequestError(UNIMPLEMENTED, f"Conversion of JSON Value: {shown(value)} to type: {dtype_name(dtype)}")
    return value


def check_lossless(value: float, dtype: int) -> None:
    """Refuses a number that FLOAT or DOUBLE cannot hold."""
    limit = _LARGEST_WHOLE[dtype] if type(value) is int else _LARGEST[dtype]
    if abs(value) > limit and math.isfinite(value):
        raise invalid(f"Cannot convert JSON value: {shown(value)} to {dtype_name(dtype)} without loss of precision.")


def is_base64(value: Any) -> bool:
    """Whether a value is {"b64": "..."}."""
    return type(value) is dict and len(value) == 1 and type(value.get("b64")) is str


def decode(value: dict[str, Any]) -> bytes:
    """Returns the bytes of {"b64": "..."}.

    Raises:
        RequestError: it is something else.
    """
    if not is_base64(value):
        raise invalid(f"JSON Value: {shown(value)} not formatted correctly for base64 data")
    try:
        return binascii.a2b_base64(value["b64"], strict_mode=True)
    except ValueError:
        return _decode_leniently(value["b64"])


def _decode_leniently(text: str) -> bytes:
    """As absl::Base64Unescape: white space does not count, padding may be left out, '.' is padding too."""
    text = "".join(text.split())
    bare = text.rstrip("=.")
    padding = "=" * (-len(bare) % 4)
    try:
        if len(text) not in (len(bare), len(bare) + len(padding)):
            raise ValueError
        return binascii.a2b_base64(bare + padding, strict_mode=True)
    except ValueError as error:
        raise invalid("Unable to base64 decode") from error


def type_name(value: Any) -> str:
    """Names a value's JSON type as TensorFlow Serving does."""
    return str(value) if type(value) is bool else _TYPES[type(value)]


def _type_error(value: Any, dtype: int) -> RequestError:
    return invalid(f"JSON Value: {shown(value)} Type: {type_name(value)} is not of expected type: {dtype_name(dtype)}")
