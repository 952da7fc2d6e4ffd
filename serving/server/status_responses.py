"""Answers of the status and metadata requests, the same for REST and gRPC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from serving.model.protos import get_model_status_pb2
from serving.model.request_error import OK, UNAVAILABLE
from serving.server import metadata as metadata_of
from serving.server.manager import Manager


def status(manager: Manager, name: str, version: int | None, label: str) -> Any:
    """Returns a GetModelStatusResponse: the states of a model's versions, newest first.

    Raises:
        RequestError: nothing is known of the model or the version.
    """
    response = get_model_status_pb2.GetModelStatusResponse()
    for number, found in sorted(manager.statuses(name, version, label).items(), reverse=True):
        entry = response.model_version_status.add(version=number, state=found.state)
        entry.status.error_code = UNAVAILABLE if found.error else OK
        entry.status.error_message = found.error
    return response


def metadata(manager: Manager, name: str, version: int | None, label: str, fields: Sequence[str]) -> Any:
    """Returns a GetModelMetadataResponse: the signatures of a version.

    Raises:
        RequestError: the version is not loaded, or a field is not "signature_def".
    """
    served = manager.find(name, version, label)
    return metadata_of.response(served.name, served.version, served.model.meta, fields)
