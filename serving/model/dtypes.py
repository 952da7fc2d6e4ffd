"""TensorFlow's data types by number, as NumPy knows them, without TensorFlow."""

from __future__ import annotations

import numpy as np

# TF_DataType of tensorflow/c/tf_datatype.h, the same numbers as DataType in types.proto.
FLOAT, DOUBLE, INT32, UINT8, INT16, INT8, STRING, INT64, BOOL = 1, 2, 3, 4, 5, 6, 7, 9, 10
UINT16, HALF, UINT32, UINT64 = 17, 19, 22, 23

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
}
