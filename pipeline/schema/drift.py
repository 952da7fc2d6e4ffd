"""Proposes how far each column may drift: from how far it has moved between the spans that have passed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components.data_gate.comparators import JENSEN_SHANNON, L_INFTY, Comparator, limits, set_limit
from components.data_gate.distances import moved
from components.distributions import of_statistics

# How much farther than ever before a column may move. Of k past distances of a column that moves as it always did, the
# next is above the greatest once in k + 1 times: too often without a margin. docs/adr/0033-drift.md has those of the
# taxi quarters, none of which is above what is proposed from those before it.
MARGIN = 1.5
# A bound that is farther would hardly tell anything: fares in cents are 0.7 away.
_FARTHEST = 0.5
_DIGITS = 100  # of a threshold, two: it is read by people

_BY_NATURE = "moves by its nature"
_UNKNOWN = "had no values to compare"


@dataclass(frozen=True)
class Proposal:
    """How far a column may drift.

    Attributes:
        column: its name.
        measure: L_INFTY of text, JENSEN_SHANNON of numbers.
        distances: of each span from the one before, oldest first; None where it had no values.
        chance: what as few rows as these exceed by chance once in a thousand times.
        in_force: the threshold in the schema; None if there is none.
        threshold: the one to put there; None for none.
        why: why there is no threshold, or from what it was made.
    """

    column: str
    measure: str
    distances: tuple[float | None, ...]
    chance: float
    in_force: float | None
    threshold: float | None
    why: str

    @property
    def is_known(self) -> bool:
        """Whether there was anything to compare."""
        return any(each is not None for each in self.distances)


def proposals(
    schema: schema_pb2.Schema, columns: Sequence[str], past: Sequence[statistics_pb2.DatasetFeatureStatisticsList]
) -> list[Proposal]:
    """Returns a proposal for each column.

    Args:
        schema: the schema in force.
        columns: the columns to propose for; those that the schema does not have are left out.
        past: the statistics of at least two spans, oldest first.
    """
    described = {feature.name: feature for feature in schema.feature if feature.name in columns}
    last = of_statistics(past[-1])
    text = {name for name in described if name in last and last[name].counts}
    asked = [Comparator(name, L_INFTY if name in text else JENSEN_SHANNON, 1.0) for name in described]
    pairs = [moved(before, now, asked) for before, now in itertools.pairwise(past)]
    return [
        _proposal(described[each.column], each.measure, [p[n].value for p in pairs], max(p[n].chance for p in pairs))
        for n, each in enumerate(asked)
    ]


def _proposal(feature: schema_pb2.Feature, measure: str, distances: Sequence[float | None], chance: float) -> Proposal:
    in_force = next(iter(limits(feature, "drift")), None)
    greatest = max((each for each in distances if each is not None), default=None)
    if greatest is None:
        threshold, why = in_force, _UNKNOWN
    else:
        threshold, why = _threshold(greatest, chance)
    return Proposal(feature.name, measure, tuple(distances), chance, in_force, threshold, why)


def _threshold(greatest: float, chance: float) -> tuple[float | None, str]:
    threshold = math.ceil(max(chance, MARGIN * greatest) * _DIGITS) / _DIGITS
    if threshold > _FARTHEST:
        return None, _BY_NATURE
    if chance >= MARGIN * greatest:
        return threshold, "as far as chance reaches"
    return threshold, f"{MARGIN:g} times the greatest"


def applied(schema: schema_pb2.Schema, proposed: Sequence[Proposal]) -> schema_pb2.Schema:
    """Returns the schema with the proposed thresholds; nothing else of it changes."""
    found = schema_pb2.Schema()
    found.CopyFrom(schema)
    by_column: Mapping[str, Proposal] = {each.column: each for each in proposed if each.is_known}
    for feature in found.feature:
        proposal = by_column.get(feature.name)
        if proposal and proposal.threshold is not None:
            set_limit(feature, "drift", proposal.measure, proposal.threshold)
        elif proposal:
            feature.ClearField("drift_comparator")
    return found
