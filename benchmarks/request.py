"""Requests about the bundled taxi trips, as each API wants them."""

from __future__ import annotations

import csv
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from serving.model import dtypes, tensor_protos
from serving.model.protos import predict_pb2
from serving.model.saved_model import SavedModel
from serving.rows import reading


@dataclass(frozen=True)
class Request:
    """A request of some reading.

    Attributes:
        rows: their number.
        inputs: an array for each column.
        rest: the body for REST.
        message: a serialized PredictRequest.
    """

    rows: int
    inputs: dict[str, np.ndarray]
    rest: bytes
    message: bytes

    @property
    def grpc(self) -> bytes:
        """The message as the body of an HTTP/2 request: not compressed, and its length, come first."""
        return struct.pack(">BI", 0, len(self.message)) + self.message


def made_request(model: SavedModel, count: int) -> Request:
    """Makes a request of the first complete trips of the bundled data."""
    infos = model.signature("raw").inputs
    with Path("data/taxi/trips.csv").open(newline="") as file:
        complete = [row for row in csv.DictReader(file) if all(row[name] for name in infos)]
    names = {name: dtypes.NAMES[info.dtype] for name, info in infos.items()}
    inputs = reading.to_arrays(complete[:count], names, first_row=1)
    plain = {name: [_plain(value) for value in values] for name, values in inputs.items()}
    instances = [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]
    body = json.dumps({"signature_name": "raw", "instances": instances}).encode()
    proto = predict_pb2.PredictRequest(model_spec={"name": "taxi", "signature_name": "raw"})
    for name, values in inputs.items():
        proto.inputs[name].CopyFrom(tensor_protos.to_proto(values, infos[name].dtype))
    return Request(count, inputs, body, proto.SerializeToString())


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value.item()
