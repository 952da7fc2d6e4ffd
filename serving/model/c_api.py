"""TensorFlow's C API by ctypes: the functions we call, and arrays as its tensors.

The names and layouts are those of tensorflow/c/c_api.h and tf_tstring.h, which TensorFlow keeps stable.
"""

from __future__ import annotations

import ctypes as c
import functools
import os
from typing import Any

import numpy as np

from serving.model.dtypes import NAMES, NUMPY, STRING
from serving.model.protos import dtype_name, tensorflow_folder
from serving.model.texts import Texts

_STRING_BYTES = 24  # sizeof(TF_TString)
_SOME = 10_000  # strings that are handled in one go, which other threads wait for
INVALID_ARGUMENT, NOT_FOUND, _UNIMPLEMENTED = 3, 5, 12  # google.rpc.Code


class ModelError(Exception):
    """TensorFlow refused a request, or answered what we cannot read.

    Attributes:
        code: a google.rpc.Code number, such as 3 for INVALID_ARGUMENT.
    """

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


class Output(c.Structure):
    """TF_Output: one output of an operation of the graph."""

    _fields_ = (("oper", c.c_void_p), ("index", c.c_int))


class Buffer(c.Structure):
    """TF_Buffer: bytes that TensorFlow reads or writes."""

    _fields_ = (("data", c.c_void_p), ("length", c.c_size_t), ("deallocator", c.c_void_p))


_P, _PP, _SIZE = c.c_void_p, c.POINTER(c.c_void_p), c.c_size_t
_SIGNATURES: dict[str, tuple[Any, list]] = {
    "TF_NewStatus": (_P, []),
    "TF_DeleteStatus": (None, [_P]),
    "TF_GetCode": (c.c_int, [_P]),
    "TF_Message": (c.c_char_p, [_P]),
    "TF_NewBuffer": (c.POINTER(Buffer), []),
    "TF_DeleteBuffer": (None, [c.POINTER(Buffer)]),
    "TF_NewGraph": (_P, []),
    "TF_DeleteGraph": (None, [_P]),
    "TF_NewSessionOptions": (_P, []),
    "TF_DeleteSessionOptions": (None, [_P]),
    "TF_GraphOperationByName": (_P, [_P, c.c_char_p]),
    "TF_AllocateTensor": (_P, [c.c_int, c.POINTER(c.c_int64), c.c_int, _SIZE]),
    "TF_DeleteTensor": (None, [_P]),
    "TF_TensorType": (c.c_int, [_P]),
    "TF_NumDims": (c.c_int, [_P]),
    "TF_Dim": (c.c_int64, [_P, c.c_int]),
    "TF_TensorData": (_P, [_P]),
    "TF_TensorByteSize": (_SIZE, [_P]),
    "TF_StringInit": (None, [_P]),
    "TF_StringAssignView": (None, [_P, c.c_char_p, _SIZE]),
    "TF_StringGetDataPointer": (_P, [_P]),
    "TF_StringGetSize": (_SIZE, [_P]),
}
_LONG: dict[str, tuple[Any, list]] = {
    "TF_LoadSessionFromSavedModel": (
        _P,
        [_P, _P, c.c_char_p, c.POINTER(c.c_char_p), c.c_int, _P, c.POINTER(Buffer), _P],
    ),
    "TF_SessionRun": (
        None,
        [_P, c.POINTER(Buffer), c.POINTER(Output), _PP, c.c_int, c.POINTER(Output), _PP, c.c_int, _P, c.c_int, _P, _P],
    ),
    "TF_CloseSession": (None, [_P, _P]),
    "TF_DeleteSession": (None, [_P, _P]),
}


class Library:
    """The shared library's functions as attributes.

    What is over in a microsecond keeps Python's lock; what may take long lets go of it.
    """

    def __init__(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # it would write its start-up notes over the terminal
        path = str(tensorflow_folder() / "libtensorflow_cc.so.2")
        for library, functions in ((c.PyDLL(path), _SIGNATURES), (c.CDLL(path), _LONG)):
            for name, (result, arguments) in functions.items():
                function = getattr(library, name)
                function.restype, function.argtypes = result, arguments
                setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:  # only for type checkers: every function is set above
        raise AttributeError(name)


@functools.cache
def library() -> Library:
    """The one library of this process; opened at the first call."""
    return Library()


def to_tensor(array: np.ndarray | Texts, dtype: int) -> tuple[int, Any]:
    """Makes a TF_Tensor of an array.

    Args:
        array: an array of the dtype's NumPy type; for strings an object array of bytes, or Texts.
        dtype: TF_DataType.

    Returns:
        The tensor, to be given to TF_DeleteTensor, and what must stay alive as long as it does.
    """
    tf = library()
    shape = (c.c_int64 * array.ndim)(*array.shape)
    if dtype != STRING:
        array = np.asarray(array, NUMPY[dtype], order="C")  # not ascontiguousarray: it makes a scalar a list of one
        tensor = tf.TF_AllocateTensor(dtype, shape, array.ndim, array.nbytes)
        c.memmove(tf.TF_TensorData(tensor), array.ctypes.data, array.nbytes)
        return tensor, None
    if isinstance(array, Texts):
        views = array.as_views()
        tensor = tf.TF_AllocateTensor(dtype, shape, 1, views.nbytes)
        c.memmove(tf.TF_TensorData(tensor), views.ctypes.data, views.nbytes)
        return tensor, array
    values = array.ravel()
    tensor = tf.TF_AllocateTensor(dtype, shape, array.ndim, _STRING_BYTES * len(values))
    place = tf.TF_TensorData(tensor)
    for begin in range(0, len(values), _SOME):
        for value in values[begin : begin + _SOME].tolist():
            tf.TF_StringInit(place)
            tf.TF_StringAssignView(place, value, len(value))
            place += _STRING_BYTES
    return tensor, values


def to_array(tensor: int) -> np.ndarray:
    """Copies a TF_Tensor into an array; strings into an object array of bytes.

    Raises:
        ModelError: its dtype is none of serving.model.dtypes.
    """
    tf = library()
    dtype = tf.TF_TensorType(tensor)
    if dtype not in NUMPY:
        known = ", ".join(NAMES.values())
        message = f"an output has dtype {dtype_name(dtype)}; expected one of: {known}. Cast it where it is exported"
        raise ModelError(_UNIMPLEMENTED, message)
    shape = [tf.TF_Dim(tensor, i) for i in range(tf.TF_NumDims(tensor))]
    data = tf.TF_TensorData(tensor)
    if dtype != STRING:
        array = np.empty(shape, NUMPY[dtype])
        if array.nbytes:
            c.memmove(array.ctypes.data, data, array.nbytes)  # which lets go of Python's lock
        return array
    count = int(np.prod(shape))
    array = np.empty(count, object)
    for begin in range(0, count, _SOME):
        end = min(begin + _SOME, count)
        places = range(data + begin * _STRING_BYTES, data + end * _STRING_BYTES, _STRING_BYTES)
        array[begin:end] = [c.string_at(tf.TF_StringGetDataPointer(p), tf.TF_StringGetSize(p)) for p in places]
    return array.reshape(shape)
