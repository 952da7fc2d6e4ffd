"""Reads manifests as the Kubernetes API does: into its own types, of which the client knows every field."""

from __future__ import annotations

import re

from kubernetes import client

_PLAIN = {"str": {str}, "int": {int}, "bool": {bool}, "object": {str, int, dict}}


def build(kind, data):
    """Makes an object of the Kubernetes API; refuses unknown fields, other types, and required fields left out."""
    attributes = {field: attribute for attribute, field in kind.attribute_map.items()}
    assert set(data) <= set(attributes), f"{kind.__name__} has no {set(data) - set(attributes)}"
    return kind(**{attributes[f]: _value(kind.openapi_types[attributes[f]], v) for f, v in data.items()})


def _value(type_name, value):
    if found := re.fullmatch(r"list\[(.+)\]", type_name):
        assert isinstance(value, list), f"expected a list, got {value!r}"
        return [_value(found[1], item) for item in value]
    if found := re.fullmatch(r"dict\(str, (.+)\)", type_name):
        return {key: _value(found[1], item) for key, item in value.items()}
    if type_name in _PLAIN:
        assert type(value) in _PLAIN[type_name], f"expected {type_name}, got {value!r}"
        return value
    return build(getattr(client, type_name), value)
