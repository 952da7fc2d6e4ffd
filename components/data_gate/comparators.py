"""The schema's comparators: which columns are compared with other rows, how, and how far they may move."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tensorflow_metadata.proto.v0 import schema_pb2

# Drift is from the span before, skew from what is served. Both are types of anomalies in data_gate.allow.
Kind = Literal["drift", "skew"]
KINDS: tuple[Kind, ...] = ("drift", "skew")
ALLOWED = tuple(kind.upper() for kind in KINDS)

# TFDV's names of the distances.
L_INFTY = "L_INFTY"
JENSEN_SHANNON = "JENSEN_SHANNON_DIVERGENCE"

_FIELDS = {L_INFTY: "infinity_norm", JENSEN_SHANNON: "jensen_shannon_divergence"}
_UNREAD = (schema_pb2.DEPRECATED, schema_pb2.DISABLED)


@dataclass(frozen=True)
class Comparator:
    """How far a column may move.

    Attributes:
        column: its name.
        measure: L_INFTY or JENSEN_SHANNON.
        limit: the largest distance that passes, from 0 to 1.
    """

    column: str
    measure: str
    limit: float


def comparators(schema: schema_pb2.Schema, kind: Kind) -> list[Comparator]:
    """Returns the comparators of a schema, in the order of its columns."""
    read = (feature for feature in schema.feature if feature.lifecycle_stage not in _UNREAD)
    return [each for feature in read for each in of_feature(feature, kind)]


def of_feature(feature: schema_pb2.Feature, kind: Kind) -> list[Comparator]:
    """Returns the comparators of a column: none, one, or one of each measure."""
    comparator = getattr(feature, f"{kind}_comparator")
    return [
        Comparator(feature.name, measure, getattr(comparator, field).threshold)
        for measure, field in _FIELDS.items()
        if comparator.HasField(field)
    ]


def set_limit(feature: schema_pb2.Feature, kind: Kind, measure: str, limit: float) -> None:
    """Writes a comparator into a column of a schema, in the place of those that it has."""
    comparator = getattr(feature, f"{kind}_comparator")
    comparator.Clear()
    getattr(comparator, _FIELDS[measure]).threshold = limit


def movement(feature: schema_pb2.Feature) -> str:
    """Returns how far a column may move as words, as "drift up to 0.1"; "" where nothing is compared."""
    return ", ".join(f"{kind} up to {limit:g}" for kind in KINDS for limit in limits(feature, kind))


def limits(feature: schema_pb2.Feature, kind: Kind) -> Iterable[float]:
    """Returns the distances that a column may move."""
    return [each.limit for each in of_feature(feature, kind)]
