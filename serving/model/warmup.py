"""Recorded requests: TFRecord files of PredictionLog, with which TensorFlow Serving warms a model up.

The trainer's sample, against which an export is proven, is such a file too, with the answers in it.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from google.protobuf.message import DecodeError

from serving.model.dtypes import number
from serving.model.protos import prediction_log_pb2
from serving.model.request_error import RequestError
from serving.model.tensor_protos import fill, from_proto
from turnstile.errors import UsageError

WARMUP = Path("assets.extra") / "tf_serving_warmup_requests"  # in a SavedModel; TensorFlow Serving looks there
PREDICTING = ("serving_default", "raw")  # the signatures that clients ask

# One row, and as many as a server's batch has at most by default (deploy/serving): what runs first at either size
# (memory, thread pools, the vocabularies' tables) is then not paid for by a client.
_WARMUP_ROWS = (1, 32)

Arrays = dict[str, np.ndarray]


class Recorded(NamedTuple):
    """A request for a signature and the answer to it: arrays by name, their first dimension the rows."""

    signature: str
    inputs: Arrays
    outputs: Arrays

    @property
    def rows(self) -> int:
        """How many rows were asked about."""
        return min((len(values) for values in self.inputs.values()), default=0)

    def row(self, number: int) -> Recorded:
        """One row of it, as a request for that row alone; the first is 0."""
        inputs = {name: values[number : number + 1] for name, values in self.inputs.items()}
        outputs = {name: values[number : number + 1] for name, values in self.outputs.items()}
        return Recorded(self.signature, inputs, outputs)


def to_log(recorded: Recorded, model_name: str = "") -> Any:
    """Makes a PredictionLog of a request and its answer; without an answer if there are no outputs."""
    log = prediction_log_pb2.PredictionLog()
    request = log.predict_log.request
    request.model_spec.name, request.model_spec.signature_name = model_name, recorded.signature
    for name, values in recorded.inputs.items():
        fill(request.inputs[name], values, number(values))
    for name, values in recorded.outputs.items():
        fill(log.predict_log.response.outputs[name], values, number(values))
    return log


def read(file: Path) -> list[Recorded]:
    """Reads the Predict requests of a file of PredictionLogs, and their answers where they have any.

    Raises:
        UsageError: the file is damaged, or another kind of file.
    """
    try:
        return [_recorded(record) for record in records(file)]
    # Bytes of any kind: no message, a tensor that is none, or a length that no file has.
    except (DecodeError, RequestError, ValueError, OverflowError, MemoryError) as error:
        raise UsageError(
            f"{file}: is damaged, or no file of requests and answers ({error or type(error).__name__}). "
            "Write it again: turnstile run --no-cache"
        ) from error


def largest(version: Path, signature: str, inputs: Collection[str]) -> Recorded | None:
    """Returns the request with the most rows of those that a version is warmed up by; None if there is none.

    Args:
        version: the folder of the SavedModel.
        signature: which one the request is for.
        inputs: exactly which inputs it gives.

    Raises:
        UsageError: see read.
    """
    asked = (found for found in read(version / WARMUP) if found.signature == signature)
    whole = [found for found in asked if found.inputs.keys() == set(inputs)]
    return max(whole, key=lambda found: found.rows, default=None)


def _recorded(record: bytes) -> Recorded:
    log = prediction_log_pb2.PredictionLog.FromString(record).predict_log
    return Recorded(
        log.request.model_spec.signature_name,
        {name: from_proto(proto, name) for name, proto in log.request.inputs.items()},
        {name: from_proto(proto, name) for name, proto in log.response.outputs.items()},
    )


def warmup_logs(sample: Sequence[Recorded], model_name: str) -> list[Any]:
    """Makes the requests of the warm-up file from real rows, used again where there are too few."""
    return [
        to_log(Recorded(asked.signature, _rows(asked, count), {}), model_name)
        for asked in sample
        if asked.signature in PREDICTING
        for count in _WARMUP_ROWS
    ]


def _rows(asked: Recorded, count: int) -> Arrays:
    chosen = np.arange(count) % asked.rows
    return {name: values[chosen] for name, values in asked.inputs.items()}


def records(file: Path) -> Iterator[bytes]:
    """Reads a TFRecord file: length, its checksum, data, its checksum; nothing for a file that is not there.

    Format: tensorflow/core/lib/io/record_writer.h. The checksums are not looked at: a record that is damaged is
    none of the messages we expect.
    """
    if not file.exists():
        return
    with file.open("rb") as handle:
        while len(header := handle.read(12)) == 12:
            (length,) = struct.unpack("<Q", header[:8])
            yield handle.read(length)
            handle.read(4)
