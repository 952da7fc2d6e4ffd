"""TensorFlow's C API, called directly: a SavedModel loaded and run without any of TensorFlow's Python.

TF_LoadSessionFromSavedModel is a thin wrapper of tensorflow::LoadSavedModel, which TensorFlow Serving calls.
"""

from __future__ import annotations

import ctypes as c
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

_STRING_BYTES = 24  # sizeof(TF_TString)
_TF_STRING = 7  # TF_DataType


class _Output(c.Structure):
    _fields_ = (("oper", c.c_void_p), ("index", c.c_int))


class _Buffer(c.Structure):
    _fields_ = (("data", c.c_void_p), ("length", c.c_size_t), ("deallocator", c.c_void_p))


def _library() -> c.CDLL:
    library = c.CDLL(str(Path(tf.sysconfig.get_lib()) / "libtensorflow_cc.so.2"))
    for name, result in {
        "TF_NewStatus": c.c_void_p,
        "TF_NewSessionOptions": c.c_void_p,
        "TF_NewGraph": c.c_void_p,
        "TF_LoadSessionFromSavedModel": c.c_void_p,
        "TF_GraphOperationByName": c.c_void_p,
        "TF_AllocateTensor": c.c_void_p,
        "TF_TensorData": c.c_void_p,
        "TF_StringGetDataPointer": c.c_void_p,
        "TF_StringGetSize": c.c_size_t,
        "TF_Message": c.c_char_p,
        "TF_Dim": c.c_int64,
    }.items():
        getattr(library, name).restype = result
    return library


class CModel:
    """A SavedModel in a session of the C API."""

    def __init__(self, path: str):
        self._tf, self._graph_def = _library(), _Buffer()
        self._status = c.c_void_p(self._tf.TF_NewStatus())
        self._graph = c.c_void_p(self._tf.TF_NewGraph())
        options, tags = c.c_void_p(self._tf.TF_NewSessionOptions()), (c.c_char_p * 1)(b"serve")
        session = self._tf.TF_LoadSessionFromSavedModel(
            options, None, path.encode(), tags, 1, self._graph, c.byref(self._graph_def), self._status
        )
        self._check()
        self._session = c.c_void_p(session)
        self.meta = meta_graph_pb2.MetaGraphDef.FromString(c.string_at(self._graph_def.data, self._graph_def.length))

    def __call__(self, signature: str, inputs: dict[str, np.ndarray]) -> dict[str, Any]:
        """Runs a signature on arrays; strings come as object arrays of str or bytes."""
        spec = self.meta.signature_def[signature]
        feeds = (_Output * len(inputs))(*(self._output(spec.inputs[name].name) for name in inputs))
        tensors = [self._tensor(values, spec.inputs[name].dtype) for name, values in inputs.items()]
        values = (c.c_void_p * len(inputs))(*tensors)
        names = list(spec.outputs)
        fetches = (_Output * len(names))(*(self._output(spec.outputs[name].name) for name in names))
        results = (c.c_void_p * len(names))()
        self._tf.TF_SessionRun(
            self._session, None, feeds, values, len(inputs), fetches, results, len(names), None, 0, None, self._status
        )
        self._check()
        return {name: self._array(tensor) for name, tensor in zip(names, results, strict=True)}

    def _check(self) -> None:
        if self._tf.TF_GetCode(self._status):
            raise RuntimeError(self._tf.TF_Message(self._status).decode())

    def _output(self, name: str) -> _Output:
        operation, index = name.split(":")
        return _Output(self._tf.TF_GraphOperationByName(self._graph, operation.encode()), int(index))

    def _tensor(self, values: np.ndarray, dtype: int) -> int:
        shape = (c.c_int64 * values.ndim)(*values.shape)
        if dtype != _TF_STRING:
            array = np.ascontiguousarray(values, tf.as_dtype(dtype).as_numpy_dtype)
            tensor = self._tf.TF_AllocateTensor(dtype, shape, array.ndim, c.c_size_t(array.nbytes))
            c.memmove(self._tf.TF_TensorData(c.c_void_p(tensor)), array.ctypes.data, array.nbytes)
            return tensor
        size = c.c_size_t(_STRING_BYTES * values.size)
        tensor = self._tf.TF_AllocateTensor(dtype, shape, values.ndim, size)
        data = self._tf.TF_TensorData(c.c_void_p(tensor))
        for i, value in enumerate(values.ravel()):
            raw, place = value.encode() if isinstance(value, str) else value, c.c_void_p(data + i * _STRING_BYTES)
            self._tf.TF_StringInit(place)
            self._tf.TF_StringCopy(place, raw, c.c_size_t(len(raw)))
        return tensor

    def _array(self, address: int) -> np.ndarray:
        tensor = c.c_void_p(address)
        dtype = self._tf.TF_TensorType(tensor)
        shape = [self._tf.TF_Dim(tensor, i) for i in range(self._tf.TF_NumDims(tensor))]
        data, count = self._tf.TF_TensorData(tensor), int(np.prod(shape))
        if dtype == _TF_STRING:
            places = [c.c_void_p(data + i * _STRING_BYTES) for i in range(count)]
            strings = [
                c.string_at(self._tf.TF_StringGetDataPointer(place), self._tf.TF_StringGetSize(place))
                for place in places
            ]
            return np.array(strings, object).reshape(shape)
        kind = np.dtype(tf.as_dtype(dtype).as_numpy_dtype)
        return np.frombuffer(c.string_at(data, count * kind.itemsize), kind).reshape(shape)
