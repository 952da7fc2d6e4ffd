"""The metadata of a loaded model: its signatures, as GetModelMetadata gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from serving.model.protos import get_model_metadata_pb2
from serving.model.request_error import invalid

SIGNATURE_DEF = "signature_def"  # the only metadata there is


def signature_def_map(meta_graph: Any) -> Any:
    """Returns the SignatureDefMap of a MetaGraphDef: all of its signatures, also TensorFlow's own."""
    signatures = get_model_metadata_pb2.SignatureDefMap()
    for name, signature in meta_graph.signature_def.items():
        signatures.signature_def[name].CopyFrom(signature)
    return signatures


def response(name: str, version: int, meta_graph: Any, fields: Sequence[str]) -> Any:
    """Makes a GetModelMetadataResponse.

    Args:
        name: the model's.
        version: its number.
        meta_graph: its MetaGraphDef.
        fields: what was asked for.

    Raises:
        RequestError: something else than the signatures was asked for, or nothing.
    """
    if not fields:
        raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
    for field in fields:
        if field != SIGNATURE_DEF:
            raise invalid(f"Metadata field {field} is not supported")
    found = get_model_metadata_pb2.GetModelMetadataResponse()
    found.model_spec.name, found.model_spec.version.value = name, version
    found.metadata[SIGNATURE_DEF].Pack(signature_def_map(meta_graph))
    return found
