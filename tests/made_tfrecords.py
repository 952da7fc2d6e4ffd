"""Logs of requests as TFRecords, made for tests: of examples, and of TensorFlow Serving's PredictionLogs."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serving.model.dtypes import number
from serving.model.protos import example_pb2, prediction_log_pb2
from serving.model.tensor_protos import to_proto

Row = Mapping[str, Any]
Tensors = Mapping[str, np.ndarray]


def example(row: Row) -> Any:
    """A row as a tf.train.Example; a column without a value has a feature without one."""
    made = example_pb2.Example()
    for name, value in row.items():
        feature = made.features.feature[name]
        if isinstance(value, str):
            feature.bytes_list.value.append(value.encode())
        elif isinstance(value, int):
            feature.int64_list.value.append(value)
        elif value is not None:
            feature.float_list.value.append(value)
    return made


def arrays(rows: Sequence[Row], types: Mapping[str, type]) -> dict[str, np.ndarray]:
    """Rows as the tensors of the signature `raw`, which has a value for what is missing."""
    dtypes, missing = {float: np.float32, int: np.int64, str: object}, {float: np.nan, int: -(2**63), str: b""}
    return {
        name: np.array(
            [missing[kind] if (v := row.get(name)) is None else v.encode() if kind is str else v for row in rows],
            dtypes[kind],
        )
        for name, kind in types.items()
    }


def predict_log(
    inputs: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray], version: int = 7, name: str = "taxi"
) -> Any:
    """A Predict request and its answer, as TensorFlow Serving logs them."""
    log = prediction_log_pb2.PredictionLog()
    log.log_metadata.model_spec.name, log.log_metadata.timestamp_secs = name, 1_800_000_000
    log.log_metadata.model_spec.version.value = version
    for tensors, values in ((log.predict_log.request.inputs, inputs), (log.predict_log.response.outputs, outputs)):
        for name, array in values.items():
            tensors[name].CopyFrom(to_proto(array, number(array)))
    return log


def write(path: Path, messages: Iterable[Any]) -> Path:
    """Writes messages, gzipped if the name says so; returns the path. Checksums are 0: nobody here looks at them."""
    records = [message.SerializeToString() for message in messages]
    content = b"".join(struct.pack("<QI", len(record), 0) + record + bytes(4) for record in records)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
