"""The bodies of REST `:predict` requests: rows ("instances") or columns ("inputs") of JSON as arrays."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.model.request_error import UNIMPLEMENTED, RequestError, invalid
from serving.model.saved_model import Signature
from serving.server import json_values
from serving.server.input_plan import Arrays, InputPlan, nested, plan_of
from serving.server.json_document import read, shown, signature_name


@dataclass(frozen=True, eq=False)
class PredictRequest:
    """What a `:predict` request asks.

    Attributes:
        signature_name: the signature's name as the request has it; "" for the default one.
        inputs: an array for each input that it gives; strings as objects of bytes.
        row_format: whether they came as rows; the answer has the same form.
    """

    signature_name: str
    inputs: Arrays
    row_format: bool


def parse_predict(body: bytes, signature_of: Callable[[str], Signature]) -> PredictRequest:
    """Reads the body of a `:predict` request.

    Args:
        body: JSON.
        signature_of: returns a signature by its name, the default one for ""; may raise RequestError.

    Raises:
        RequestError: in TensorFlow Serving's words.
    """
    document = read(body)
    name = signature_name(document)
    signature = signature_of(name)
    if not signature.inputs:
        raise invalid(f"Failed to get input map for signature: {name or 'DEFAULT'}")
    if "instances" in document:
        return PredictRequest(name, _from_rows(_rows(document), signature), True)
    if "inputs" in document:
        return PredictRequest(name, _from_columns(document["inputs"], signature), False)
    raise invalid("Missing 'inputs' or 'instances' key")


def _rows(document: dict[str, Any]) -> list[Any]:
    rows = document["instances"]
    if "inputs" in document:
        raise invalid(
            f"JSON Value: {shown(document)} Not formatted correctly expecting only one of 'inputs' or 'instances' "
            "keys to exist "
        )
    if not isinstance(rows, list):
        raise invalid(f"JSON Value: {shown(document)} Excepting 'instances' to be an list/array")
    if not rows:
        raise invalid(f"JSON Value: {shown(document)} No values in 'instances' array")
    return rows


def _from_rows(rows: list[Any], signature: Signature) -> Arrays:
    plan = plan_of(signature)
    if not isinstance(rows[0], dict) and len(plan.dtypes) > 1:
        raise invalid(
            "instances is a plain list, but expecting list of objects as multiple input tensors required as per "
            "tensorinfo_map"
        )
    if not _is_object(rows[0]):
        name, dtype = next(iter(plan.dtypes.items()))
        array = nested(rows, dtype)
        return {name: array} if array is not None else _looking_closely(rows, plan.dtypes)
    given = {name: dtype for name, dtype in plan.dtypes.items() if name in rows[0] or name not in signature.defaults}
    if len(given) < len(plan.dtypes):
        return _looking_closely(rows, given)
    arrays = plan.flat_rows(rows) or plan.nested_rows(rows)
    return arrays or _looking_closely(rows, plan.dtypes)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and not json_values.is_base64(value)


class _Tensor:
    """An input whose rows are looked at one by one."""

    def __init__(self, dtype: int):
        self.dtype = dtype
        self.values: list[Any] = []
        self.shape: list[int] | None = None  # of a row
        self._size = 0

    def add(self, item: Any) -> None:
        shape, before = json_values.shape_of(item), len(self.values)
        json_values.fill(item, shape, self.dtype, self.values)
        size = len(self.values) - before
        if self.shape is None:
            self.shape, self._size = shape, size
        elif size != self._size:
            raise invalid(f"Expecting tensor size: {self._size} but got: {size}")
        elif shape != self.shape:
            raise invalid(f"Expecting shape {_text(self.shape)} but got: {_text(shape)}")

    def array(self, rows: int) -> np.ndarray:
        return json_values.to_array(self.values, self.dtype).reshape([rows, *(self.shape or [])])


def _looking_closely(rows: list[Any], dtypes: dict[str, int]) -> Arrays:
    """Converts rows value by value, and says what is wrong."""
    objects = _is_object(rows[0])
    names = dtypes if objects else list(dtypes)[:1]
    tensors = {name: _Tensor(dtypes[name]) for name in names}
    for number, row in enumerate(rows):
        if objects and not _is_object(row):
            raise invalid(f"Expecting object but got list at item {number} of input list")
        if not objects and _is_object(row):
            raise invalid(f"Expecting value/list but got object at item {number} of input list")
        items = row.items() if objects else [(next(iter(tensors)), row)]
        for name, item in items:
            try:
                if name not in tensors:
                    raise invalid(f"JSON object: does not have named input: {name}")
                tensors[name].add(item)
            except RequestError as error:
                key = f" key: {name}" if objects else ""
                code = "UNIMPLEMENTED" if error.code == UNIMPLEMENTED else "INVALID_ARGUMENT"
                raise invalid(
                    f"Failed to process element: {number}{key} of 'instances' list. Error: {code}: {error.message}"
                ) from error
        if objects and len(row) != len(tensors):
            raise invalid(
                f"Failed to process element: {number} of 'instances' list. JSON object: {shown(row)} must only have "
                f"keys: {','.join(sorted(tensors))}"
            )
    return {name: tensor.array(len(rows)) for name, tensor in tensors.items()}


def _from_columns(value: Any, signature: Signature) -> Arrays:
    plan = plan_of(signature)
    if _is_object(value):
        return plan.flat_columns(value) or _columns(value, plan, signature.defaults)
    if len(plan.dtypes) > 1:
        raise invalid(
            "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "
            "tensorinfo_map"
        )
    name, dtype = next(iter(plan.dtypes.items()))
    return {name: _column(value, dtype)}


def _columns(value: dict[str, Any], plan: InputPlan, defaults: Container[str]) -> Arrays:
    columns = {}
    for name, dtype in plan.dtypes.items():  # names that the signature does not have are passed over
        if name not in value and name in defaults:
            continue
        if name not in value:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
        columns[name] = _column(value[name], dtype)
    return columns


def _column(value: Any, dtype: int) -> np.ndarray:
    if isinstance(value, list):
        array = nested(value, dtype)
        if array is not None:
            return array
    shape = json_values.shape_of(value)
    values: list[Any] = []
    json_values.fill(value, shape, dtype, values)
    return json_values.to_array(values, dtype).reshape(shape)


def _text(shape: list[int]) -> str:
    return f"[{','.join(map(str, shape))}]"
