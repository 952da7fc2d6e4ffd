"""A schema's columns with the types that the data has, as far as what was reviewed can be kept beside them.

TFDV takes a column of another type as one that is gone, marks it as deprecated, and Transform then reads it no more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tensorflow_metadata.proto.v0 import schema_pb2

from components.data_gate.observed import Observed

# Of two types that a column has in two splits, the later holds the values of both.
_WIDENING = ("INT", "FLOAT", "BYTES")


def retyped(schema: schema_pb2.Schema, splits: Sequence[Mapping[str, Observed]]) -> schema_pb2.Schema:
    """Returns the schema with the type that each column has in the data; of a column without values, the type stays.

    Args:
        schema: what was agreed. Presence, number of values and environments are kept; ranges and comparators, where the
            column still holds numbers.
        splits: what each split holds.
    """
    changed = schema_pb2.Schema()
    changed.CopyFrom(schema)
    for feature in changed.feature:
        found = [split[feature.name].type for split in splits if feature.name in split and split[feature.name].count]
        found = [type_ for type_ in found if type_ in _WIDENING]
        if found:
            _retype(feature, max(found, key=_WIDENING.index))
    return changed


def _retype(feature: schema_pb2.Feature, type_: str) -> None:
    before = schema_pb2.FeatureType.Name(feature.type)
    if type_ == before:
        return
    feature.type = schema_pb2.FeatureType.Value(type_)
    if before == "INT" and type_ == "FLOAT" and feature.HasField("int_domain"):
        low, high = _ends(feature.int_domain)
        feature.float_domain.CopyFrom(schema_pb2.FloatDomain(min=low, max=high))
    elif before == "FLOAT" and type_ == "INT" and feature.HasField("float_domain"):
        low, high = _ends(feature.float_domain)
        domain = schema_pb2.IntDomain(
            min=None if low is None else math.floor(low), max=None if high is None else math.ceil(high)
        )
        feature.int_domain.CopyFrom(domain)
    elif feature.WhichOneof("domain_info"):
        feature.ClearField(feature.WhichOneof("domain_info"))
    if "BYTES" in (before, type_):  # distances of strings and of numbers are measured differently
        feature.ClearField("drift_comparator")
        feature.ClearField("skew_comparator")


def _ends(domain: schema_pb2.IntDomain | schema_pb2.FloatDomain) -> tuple[float | None, float | None]:
    """The bounds of a range, None for one that is open."""
    return domain.min if domain.HasField("min") else None, domain.max if domain.HasField("max") else None
