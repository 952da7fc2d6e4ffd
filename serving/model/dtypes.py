"""TensorFlow's data types by number, as NumPy knows them, without TensorFlow."""

from __future__ import annotations

import ml_dtypes  # NumPy has no bfloat16; TensorFlow brings this package, and takes it from there too
import numpy as np

# TF_DataType of tensorflow/c/tf_datatype.h, the same numbers as DataType in types.proto.
FLOAT, DOUBLE, INT32, UINT8, INT16, INT8, STRING, INT64, BOOL = 1, 2, 3, 4, 5, 6, 7, 9, 10
COMPLEX64, BFLOAT16, COMPLEX128 = 8, 14, 18
UINT16, HALF, UINT32, UINT64 = 17, 19, 22, 23

# A variable's own dtype in models of TensorFlow 1, such as DT_FLOAT_REF, is that of its values and this.
_REF = 100

NUMPY: dict[int, np.dtype] = {
    FLOAT: np.dtype(np.float32),
    DOUBLE: np.dtype(np.float64),
    INT32: np.dtype(np.int32),
    UINT8: np.dtype(np.uint8),
    INT16: np.dtype(np.int16),
    INT8: np.dtype(np.int8),
    STRING: np.dtype(object),
    INT64: np.dtype(np.int64),
    BOOL: np.dtype(np.bool_),
    UINT16: np.dtype(np.uint16),
    HALF: np.dtype(np.float16),
    UINT32: np.dtype(np.uint32),
    UINT64: np.dtype(np.uint64),
    COMPLEX64: np.dtype(np.complex64),
    BFLOAT16: np.dtype(ml_dtypes.bfloat16),
    COMPLEX128: np.dtype(np.complex128),
}

# As TensorFlow writes them in messages.
NAMES = {
    FLOAT: "float",
    DOUBLE: "double",
    INT32: "int32",
    UINT8: "uint8",
    INT16: "int16",
    INT8: "int8",
    STRING: "string",
    INT64: "int64",
    BOOL: "bool",
    UINT16: "uint16",
    HALF: "half",
    UINT32: "uint32",
    UINT64: "uint64",
    COMPLEX64: "complex64",
    BFLOAT16: "bfloat16",
    COMPLEX128: "complex128",
}

_NUMBERS = {dtype: number for number, dtype in NUMPY.items()}


def number(array: np.ndarray) -> int:
    """Returns the TF_DataType of an array; strings are objects of bytes."""
    return _NUMBERS[array.dtype]


def of_values(dtype: int) -> int:
    """Returns the dtype of the values that a dtype is for: DT_FLOAT for DT_FLOAT_REF, and itself for any other."""
    return dtype - _REF if dtype > _REF else dtype
