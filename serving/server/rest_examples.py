"""The bodies of REST `:classify` and `:regress` requests: JSON objects as serialized tf.train.Examples."""

from __future__ import annotations

from typing import Any

from serving.model.dtypes import FLOAT
from serving.model.protos import example_pb2
from serving.model.request_error import invalid
from serving.server import json_values
from serving.server.json_document import read, shown, signature_name

_INT64_MAX = 2**63 - 1

# The lists of a tf.train.Feature, as messages name their types.
_BYTES, _FLOAT, _INT64 = "bytes_list", "float_list", "int64_list"


def parse_examples(body: bytes) -> tuple[str, list[bytes]]:
    """Reads the body of a `:classify` or `:regress` request.

    Returns:
        The signature's name, "" for the default one, and serialized tf.train.Examples, each with the common context.

    Raises:
        RequestError: in TensorFlow Serving's words.
    """
    document = read(body)
    name = signature_name(document)
    context = _example(document["context"]) if "context" in document else b""
    if "examples" not in document:
        raise invalid(
            f"JSON Value: {shown(document)} When method is classify, key 'examples' is expected and was not found"
        )
    examples = document["examples"]
    if not isinstance(examples, list):
        raise invalid(f"JSON Value: {shown(document)} Expecting 'examples' value to be an list/array")
    if not examples:
        raise invalid(f"JSON Value: {shown(document)} 'examples' value is an empty array")
    # Two serialized messages in a row are one message, merged.
    return name, [context + _example(example) for example in examples]


def _example(value: Any) -> bytes:
    if not isinstance(value, dict):
        raise invalid(f"Example must be JSON object but got JSON {json_values.type_name(value)}")
    example = example_pb2.Example()
    features = example.features.feature
    for name, content in value.items():
        _fill(features[name], name, content if isinstance(content, list) else [content])
    return example.SerializeToString()


def _fill(feature: Any, name: str, content: list[Any]) -> None:
    """Puts values into a feature; all must be of the kind of the first."""
    kind, values = "", []
    for value in content:
        this, converted = _element(value, name)
        if kind and this != kind:
            raise invalid(f"Unexpected element type in feature: {name} expecting type: {kind.removesuffix('_list')}")
        kind = this
        values.append(converted)
    if kind:
        getattr(feature, kind).value.extend(values)


def _element(value: Any, name: str) -> tuple[str, Any]:
    if isinstance(value, str):
        return _BYTES, value.encode()
    if json_values.is_base64(value):
        return _BYTES, json_values.decode(value)
    if isinstance(value, float):
        json_values.check_lossless(value, FLOAT)
        return _FLOAT, value
    if isinstance(value, int):
        if value > _INT64_MAX:
            raise invalid(f"Feature: {name} has uint64 element. Only int64 is supported.")
        return _INT64, int(value)
    raise invalid(f"Feature: {name} has element with unexpected JSON type: {json_values.type_name(value)}")
