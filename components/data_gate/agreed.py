"""The schema that data is held against, as it reaches DataGate."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import schema_pb2
from tfx import types
from tfx.types import artifact_utils
from tfx.utils import io_utils


def schema(given: list[types.Artifact]) -> schema_pb2.Schema:
    """Reads the schema of an input."""
    return io_utils.SchemaReader().read(io_utils.get_only_uri_in_dir(artifact_utils.get_single_uri(given)))
