"""Logs of requests, whatever file they are in: JSON lines, or TFRecords of examples or PredictionLogs; also gzipped.

What a file holds is told from its first bytes, so that its name may be anything, as that of a rotated log is.
"""

from __future__ import annotations

import datetime
import gzip
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from google.protobuf.message import DecodeError

from serving.model.protos import example_pb2, prediction_log_pb2
from serving.model.request_error import RequestError
from serving.model.tensor_protos import from_proto
from serving.rows import asked_rows, request_log
from serving.rows.reading import to_rows
from serving.rows.request_log import Logged
from turnstile.errors import UsageError

_GZIP = b"\x1f\x8b"
_HEADER, _CHECKSUM = 12, 4  # bytes around a record: its length and the length's checksum before, its own after
# No request is larger than a message of gRPC may be at most; a longer record is a length that was damaged.
_LARGEST_RECORD = 1 << 28


def files(path: Path) -> list[Path]:
    """Returns a file, or those of a folder by name; not those that begin with a dot or an underscore.

    Raises:
        UsageError: there is none.
    """
    if path.is_file():
        return [path]
    found = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] not in "._") if path.is_dir() else []
    if not found:
        what = "the folder has no files" if path.is_dir() else "no such file or folder"
        raise UsageError(f"{path}: {what}. Name a log of requests, or a folder of them, with --requests")
    return found


def read(path: Path, damaged: Callable[[int], None]) -> Iterator[Logged]:
    """Reads a log, one row at a time, those of requests that were refused among them.

    What the format does not tell, such as the model of an example, is "" or None.

    Args:
        path: the file.
        damaged: is told the number of each line or record that is not of the file's format.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        with path.open("rb") as plain:
            packed = plain.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
            stream = cast("IO[bytes]", gzip.GzipFile(fileobj=plain)) if packed else plain
            # A text has no byte that is zero, and the length of any record that is read here has four.
            of_records = b"\0" in stream.peek(_HEADER)[:_HEADER]  # type: ignore[attr-defined]
            yield from _recorded(stream, damaged) if of_records else request_log.parsed(stream, damaged)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path}: cannot be read to its end ({reason}). Copy or write it again") from error


def _recorded(stream: IO[bytes], damaged: Callable[[int], None]) -> Iterator[Logged]:
    for number, record in enumerate(_records(stream), start=1):
        try:
            yield from _rows(record)
        except (DecodeError, RequestError, ValueError, MemoryError):  # no message, or a tensor that is none
            damaged(number)


def _records(stream: IO[bytes]) -> Iterator[bytes]:
    """Reads records: length, its checksum, data, its checksum. Format: tensorflow/core/lib/io/record_writer.h.

    The checksums are not looked at: a record that is damaged is none of the messages we expect. What follows a damaged
    length, or the end of a file that was cut off, is one last such record.
    """
    while header := stream.read(_HEADER):
        length = struct.unpack("<Q", header[:8])[0] if len(header) == _HEADER else _LARGEST_RECORD + 1
        record = stream.read(length) if length <= _LARGEST_RECORD else b""
        if len(record) < length or len(stream.read(_CHECKSUM)) < _CHECKSUM:
            yield b"\0"  # which no message is
            return
        yield record


def _rows(record: bytes) -> list[Logged]:
    log = prediction_log_pb2.PredictionLog.FromString(record)
    kind = log.WhichOneof("log_type")
    if kind is None:  # an example has only the field that the metadata of a PredictionLog is
        inputs = asked_rows.columns(example_pb2.Example.FromString(record))
        return [Logged(time="", model="", version=None, label=None, inputs=inputs, outputs={})]
    if kind not in _READERS:
        raise ValueError(kind)
    asked, answered = _READERS[kind](getattr(log, kind))
    answered = answered or [{}] * len(asked)
    return [_logged(log, inputs, outputs) for inputs, outputs in zip(asked, answered, strict=True)]


def _logged(log: Any, inputs: dict[str, Any], outputs: dict[str, Any]) -> Logged:
    exchange, spec = getattr(log, log.WhichOneof("log_type")), log.log_metadata.model_spec
    asked, answered = exchange.request.model_spec, exchange.response.model_spec
    versions = [each.version.value for each in (spec, answered, asked) if each.HasField("version")]
    return Logged(
        time=_time(log.log_metadata.timestamp_secs),
        model=spec.name or asked.name,
        version=versions[0] if versions else None,
        label=asked.version_label or None,
        inputs=inputs,
        outputs=outputs,
    )


def _time(seconds: int) -> str:
    found = datetime.datetime.fromtimestamp(seconds, datetime.UTC) if seconds else None
    return found.isoformat(timespec="milliseconds") if found else ""


Asked = tuple[list[dict[str, Any]], list[dict[str, Any]]]  # the rows that were asked, and those that were answered


def _predicted(log: Any) -> Asked:
    inputs = {name: from_proto(proto, name) for name, proto in log.request.inputs.items()}
    outputs = {name: from_proto(proto, name) for name, proto in log.response.outputs.items()}
    rows = np.arange(asked_rows.count(inputs))
    if not len(rows):
        return [], []
    return asked_rows.asked(inputs, rows), to_rows(asked_rows.chosen(outputs, rows)) if outputs else []


def _examples(given: Any) -> list[dict[str, Any]]:
    """The rows of an Input message, each merged with their common context."""
    with_context = given.example_list_with_context
    found = [*given.example_list.examples, *with_context.examples]
    for example in with_context.examples:
        for name, feature in with_context.context.features.feature.items():
            if name not in example.features.feature:
                example.features.feature[name].CopyFrom(feature)
    return [asked_rows.columns(example) for example in found]


def _classified(log: Any) -> Asked:
    """The class with the highest score is what a classifier answers."""
    found = [max(each.classes, key=lambda c: c.score, default=None) for each in log.response.result.classifications]
    return _examples(log.request.input), [{"label": best.label} if best else {} for best in found]


def _regressed(log: Any) -> Asked:
    return _examples(log.request.input), [{"value": each.value} for each in log.response.result.regressions]


_READERS: dict[str, Callable[[Any], Asked]] = {
    "predict_log": _predicted,
    "classify_log": _classified,
    "regress_log": _regressed,
}
