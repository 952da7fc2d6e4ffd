"""A schema as a table that a person reads, or as plain values, with what was changed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text
from tensorflow_metadata.proto.v0 import schema_pb2

from components.data_gate.comparators import limits, movement
from components.data_gate.explanations import domain_values, expected_rows, expected_values

_BY_HAND = "changed by hand"
_STAGES = {schema_pb2.DEPRECATED: "no longer expected", schema_pb2.DISABLED: "not checked: no stage reads it"}


def changed(schema: schema_pb2.Schema, before: schema_pb2.Schema) -> Mapping[str, bool]:
    """Returns for each column of a schema whether it differs from what it was in the one before."""
    known = {feature.name: (feature, domain_values(feature, before)) for feature in before.feature}
    return {f.name: known.get(f.name) != (f, domain_values(f, schema)) for f in schema.feature}


def table(schema: schema_pb2.Schema, by_hand: Mapping[str, bool] | None = None) -> Table:
    """Returns a line for each column; `by_hand` says which was changed by hand, if that is known."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("column", "type", "with a value", "range or values", ""):
        shown.add_column(heading, overflow="fold", no_wrap=heading in ("column", "with a value"))
    for feature in schema.feature:
        notes = [f"not in {', '.join(feature.not_in_environment)}"] if feature.not_in_environment else []
        notes += [movement(feature)] if movement(feature) else []
        notes += [_STAGES[feature.lifecycle_stage]] if feature.lifecycle_stage in _STAGES else []
        notes += [_BY_HAND] if by_hand and by_hand[feature.name] else []
        type_ = schema_pb2.FeatureType.Name(feature.type)
        rows = expected_rows(feature).replace("at least", "≥").removesuffix(" of the rows")
        cells = (feature.name, type_, rows, expected_values(feature, schema), "; ".join(notes))
        shown.add_row(*map(Text, cells))
    return shown


def as_dicts(schema: schema_pb2.Schema, by_hand: Mapping[str, bool] | None = None) -> list[dict[str, Any]]:
    """Returns what a schema asks of each column, as JSON can hold it; `by_hand` is as for `table`."""
    return [
        {
            "name": feature.name,
            "type": schema_pb2.FeatureType.Name(feature.type),
            **_range(feature),
            "values": domain_values(feature, schema) or None,
            "min_known_values": feature.distribution_constraints.min_domain_mass if _mostly(feature) else None,
            "min_rows": 1.0 if expected_rows(feature) == "every row" else _share(feature),
            "max_drift": max(limits(feature, "drift"), default=None),
            "max_skew": max(limits(feature, "skew"), default=None),
            "checked": feature.lifecycle_stage not in _STAGES,
            "not_in_environment": list(feature.not_in_environment),
            "changed_by_hand": by_hand[feature.name] if by_hand else None,
        }
        for feature in schema.feature
    ]


def _range(feature: schema_pb2.Feature) -> dict[str, float | None]:
    kind = feature.WhichOneof("domain_info")
    domain = getattr(feature, kind) if kind in ("int_domain", "float_domain") else schema_pb2.FloatDomain()
    ends = {end: getattr(domain, end) if domain.HasField(end) else None for end in ("min", "max")}
    # A float domain has 32 bits: 0.43, and not 0.4300000071525574.
    return {end: float(f"{value:.7g}") if isinstance(value, float) else value for end, value in ends.items()}


def _mostly(feature: schema_pb2.Feature) -> bool:
    return feature.HasField("distribution_constraints")


def _share(feature: schema_pb2.Feature) -> float:
    """A min_fraction of 1 asks for the column, and not for a value in each row."""
    return feature.presence.min_fraction if feature.presence.min_fraction < 1 else 0.0
