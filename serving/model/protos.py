"""TensorFlow Serving's messages and stubs, without TensorFlow.

tensorflow-serving-api's generated modules import `tensorflow.core...`, a few generated messages of TensorFlow, and so
run `import tensorflow`: four seconds and 400 MB that neither a client nor the local server has any other use for. While
they are imported here, an empty package stands in for `tensorflow`; afterwards it is taken away, and whoever needs
the real one can import it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def tensorflow_folder() -> Path:
    """Returns where TensorFlow is installed, without importing it."""
    loaded = sys.modules.get("tensorflow")
    file = loaded.__file__ if loaded else None
    if file is None:
        spec = importlib.util.find_spec("tensorflow")
        file = spec.origin if spec else None
    if file is None:
        raise ImportError("tensorflow is not installed")
    return Path(file).parent


@contextmanager
def _without_tensorflow() -> Iterator[None]:
    if "tensorflow" in sys.modules:
        yield
        return
    stand_in = types.ModuleType("tensorflow")
    stand_in.__path__ = [os.fspath(tensorflow_folder())]
    sys.modules["tensorflow"] = stand_in
    try:
        yield
    finally:
        del sys.modules["tensorflow"]


with _without_tensorflow():
    from tensorflow.core.example import example_pb2
    from tensorflow.core.framework import tensor_pb2, tensor_shape_pb2, types_pb2
    from tensorflow.core.protobuf import config_pb2, error_codes_pb2, meta_graph_pb2
    from tensorflow_serving.apis import (
        classification_pb2,
        get_model_metadata_pb2,
        get_model_status_pb2,
        inference_pb2,
        input_pb2,
        model_management_pb2,
        model_pb2,
        model_service_pb2_grpc,
        predict_pb2,
        prediction_log_pb2,
        prediction_service_pb2_grpc,
        regression_pb2,
        status_pb2,
    )
    from tensorflow_serving.config import model_server_config_pb2

__all__ = [
    "classification_pb2",
    "config_pb2",
    "dtype_name",
    "error_codes_pb2",
    "example_pb2",
    "get_model_metadata_pb2",
    "get_model_status_pb2",
    "inference_pb2",
    "input_pb2",
    "meta_graph_pb2",
    "model_management_pb2",
    "model_pb2",
    "model_server_config_pb2",
    "model_service_pb2_grpc",
    "predict_pb2",
    "prediction_log_pb2",
    "prediction_service_pb2_grpc",
    "regression_pb2",
    "status_pb2",
    "tensor_pb2",
    "tensor_shape_pb2",
    "types_pb2",
]


def dtype_name(dtype: int) -> str:
    """Names a dtype as TensorFlow's messages do, also one that no array of ours is for."""
    if dtype not in types_pb2.DataType.values():
        return f"unknown dtype enum ({dtype})"
    return types_pb2.DataType.Name(dtype).removeprefix("DT_").lower()
