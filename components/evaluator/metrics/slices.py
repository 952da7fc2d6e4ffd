"""A slice of the eval rows: its name, and what was measured of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.evaluator.metrics.estimates import Measured

SliceKey = tuple[tuple[str, Any], ...]  # ((column, value), ...); () is the overall slice
OVERALL = "overall"  # its name


@dataclass(frozen=True)
class Slice:
    """What was measured on the rows of a slice.

    Attributes:
        examples: how many rows there are.
        metrics: by name.
        differences: from the model that serves, on the same rows; empty if none does.
    """

    examples: int
    metrics: Mapping[str, Measured]
    differences: Mapping[str, Measured] = field(default_factory=dict)


def slice_name(key: SliceKey) -> str:
    """Returns "overall", or "column=value" for each column of the slice."""
    return ", ".join(f"{column}={value}" for column, value in key) or OVERALL
