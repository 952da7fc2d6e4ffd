"""Signatures made for tests, as serving.model.saved_model.Signature has them, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from serving.model.dtypes import NAMES
from serving.model.protos import meta_graph_pb2

_NUMBERS = {name: number for number, name in NAMES.items()}


class MadeSignature:
    """What the server reads of a signature.

    Args:
        inputs: their dtypes by name, as TensorFlow writes them ("float", "int64", ...).
        outputs: likewise.
        defaults: TensorProtos by name, of the inputs that may be left out.
    """

    method = "tensorflow/serving/predict"

    def __init__(
        self,
        inputs: dict[str, str],
        outputs: dict[str, str] | None = None,
        defaults: dict[str, Any] | None = None,
    ):
        self.defaults = defaults or {}
        self.inputs = {name: tensor_info(name, inputs[name]) for name in sorted(inputs)}
        self.outputs = {name: tensor_info(name, dtype) for name, dtype in sorted((outputs or {}).items())}


def tensor_info(name: str, dtype: str, shape: Sequence[int] = (-1,)) -> Any:
    """Makes a TensorInfo of a dtype that serving.model.dtypes knows, or of one by its number."""
    info = meta_graph_pb2.TensorInfo(name=f"{name}:0", dtype=_NUMBERS.get(dtype) or int(dtype))
    for size in shape:
        info.tensor_shape.dim.add(size=size)
    return info
