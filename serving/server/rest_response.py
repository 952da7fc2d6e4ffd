"""The bodies of REST answers: the JSON that TensorFlow Serving writes, up to white space and the spelling of floats."""

from __future__ import annotations

import base64
import inspect
import json
from typing import Any

import numpy as np
import orjson
from google.protobuf import json_format

from serving.model.dtypes import (
    BOOL,
    DOUBLE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    NUMPY,
    STRING,
    UINT8,
    UINT32,
    UINT64,
    number,
)
from serving.model.protos import dtype_name, get_model_metadata_pb2
from serving.model.request_error import invalid

Arrays = dict[str, np.ndarray]

_BYTES_SUFFIX = "_bytes"  # outputs with such names are binary
_WRITABLE = {NUMPY[d] for d in (BOOL, DOUBLE, FLOAT, INT8, INT16, INT32, INT64, STRING, UINT8, UINT32, UINT64)}
_STRING, _FLOAT = NUMPY[STRING], NUMPY[FLOAT]

# protobuf 5 renamed the option.
_ALL_FIELDS = next(
    name
    for name in ("always_print_fields_with_no_presence", "including_default_value_fields")
    if name in inspect.signature(json_format.MessageToDict).parameters
)


def predict_response(outputs: Arrays, row_format: bool) -> bytes:
    """Writes the answer to a `:predict` request.

    Args:
        outputs: an array for each output; strings as objects of bytes.
        row_format: whether the request had rows: `predictions`, one by one; else `outputs`, tensor by tensor.

    Raises:
        RequestError: the outputs are no rows, or of a type that TensorFlow Serving does not write.
    """
    if not outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    for array in outputs.values():
        if array.dtype not in _WRITABLE:
            raise invalid(f"Failed to write JSON value for tensor type: {dtype_name(number(array))}")
    if not row_format:
        columns = {name: _tensor(name, array) for name, array in outputs.items()}
        return _body("outputs", columns if len(columns) > 1 else next(iter(columns.values())))
    _check_rows(outputs)
    if len(outputs) == 1:
        ((name, array),) = outputs.items()
        return _body("predictions", _tensor(name, array))
    rows = zip(*(_rows(name, array) for name, array in outputs.items()), strict=True)
    return _body("predictions", [dict(zip(outputs, row, strict=True)) for row in rows])


def classify_response(result: Any) -> bytes:
    """Writes a ClassificationResult: a list of [label, score] for each example."""
    if not result.classifications:
        raise invalid("Cannot convert empty ClassificationResults to JSON")
    classes = [[[c.label, np.float32(c.score)] for c in found.classes] for found in result.classifications]
    return _body("results", classes)


def regress_response(result: Any) -> bytes:
    """Writes a RegressionResult: a value for each example."""
    if not result.regressions:
        raise invalid("Cannot convert empty RegressionResults to JSON")
    return _body("results", np.array([found.value for found in result.regressions], np.float32))


def error_response(message: str) -> bytes:
    """Writes an error."""
    return _body("error", message.encode(errors="replace").decode())


def status_response(response: Any) -> bytes:
    """Writes a GetModelStatusResponse."""
    return _indented(_fields(response))


def metadata_response(response: Any) -> bytes:
    """Writes a GetModelMetadataResponse."""
    signatures = get_model_metadata_pb2.SignatureDefMap()
    response.metadata["signature_def"].Unpack(signatures)
    return _indented({"model_spec": _fields(response.model_spec), "metadata": {"signature_def": _fields(signatures)}})


def _check_rows(outputs: Arrays) -> None:
    expected = 0
    for name, array in outputs.items():
        if not array.ndim:
            raise invalid(f"Tensor name: {name} has no shape information ")
        size = array.shape[0]
        if size < 1:
            raise invalid(f"Tensor name: {name} has invalid batch size: {size}")
        if expected not in (0, size):
            raise invalid(f"Tensor name: {name} has inconsistent batch size: {size} expecting: {expected}")
        expected = size


def _tensor(name: str, array: np.ndarray) -> Any:
    """Returns a whole output as orjson writes it."""
    if array.dtype == _STRING:
        return _texts(name, array).tolist()
    return np.ascontiguousarray(array) if array.ndim else array[()]


def _rows(name: str, array: np.ndarray) -> list[Any]:
    """Returns an output row by row."""
    if array.dtype == _STRING:
        return _texts(name, array).tolist()
    # float32 stays what it is: as Python's float it would be written with the digits of a double.
    return list(np.ascontiguousarray(array)) if array.dtype == _FLOAT else array.tolist()


def _texts(name: str, array: np.ndarray) -> np.ndarray:
    if name.endswith(_BYTES_SUFFIX):
        texts = [{"b64": base64.b64encode(value).decode()} for value in array.ravel().tolist()]
    else:
        texts = [value.decode(errors="replace") for value in array.ravel().tolist()]
    written = np.empty(len(texts), object)
    written[:] = texts
    return written.reshape(array.shape)


def _body(key: str, value: Any) -> bytes:
    """Writes the object of one member that every answer is."""
    written = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    if b"null" in written:  # orjson's NaN and Infinity, of which there may be some; there is no null of ours
        written = json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":")).encode()
    return b'{\n    "%s": %s\n}' % (key.encode(), written)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return list(value)
    return float(str(value)) if isinstance(value, np.float32) else value.item()


def _fields(message: Any) -> dict[str, Any]:
    options: dict[str, Any] = {_ALL_FIELDS: True}
    return json_format.MessageToDict(message, preserving_proto_field_name=True, **options)


def _indented(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"
