"""How far columns have moved between two sets of rows, by their statistics, and how far chance alone moves them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow_data_validation as tfdv
from scipy import stats
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components.data_gate.comparators import L_INFTY, Comparator
from components.distributions import Distribution, distance, of_statistics

# The share of pairs of samples of the same rows whose distance is above `chance`.
_BY_CHANCE = 0.001
# Degrees of freedom of the distance of numbers. Ten bins have 9; the others stand for the blur of quantiles that are
# known one by fifty. Of 400 pairs of samples of 3,000 trips, ten columns each, none is above.
_OF_NUMBERS = 19
# Shares near a half differ by more than so many times sqrt(1/n + 1/m) in one of a thousand pairs of samples, others in
# fewer: it is half of the normal distribution's 3.29.
_OF_A_HALF = 1.65
_LONGEST = 40  # characters of a value that a sentence names
# What to tell of numbers that have moved: the first of these shares of the values that ends elsewhere.
_TOLD = {
    0.5: "Its median was {} and is {}.",
    0.9: "Nine tenths of its values went up to {}, and now go up to {}.",
    0.1: "A tenth of its values went up to {}, and now goes up to {}.",
}


@dataclass(frozen=True)
class Moved:
    """How far a column has moved.

    Attributes:
        column: its name.
        measure: the distance's name, as TFDV has it.
        value: the distance, from 0 to 1; None where it cannot be told, as one of the two has no values.
        chance: what two samples of the same rows, as large as these, exceed once in a thousand times.
        limit: the comparator's.
        change: what moved most, as a sentence.
    """

    column: str
    measure: str
    value: float | None
    chance: float
    limit: float
    change: str


def moved(
    before: statistics_pb2.DatasetFeatureStatisticsList,
    now: statistics_pb2.DatasetFeatureStatisticsList,
    asked: Sequence[Comparator],
) -> list[Moved]:
    """Compares columns.

    The Jensen-Shannon divergence is that of components/distributions.py: TFDV's, of bins of equal width, is large by
    chance alone for numbers with a long tail (docs/adr/0033-drift.md). L-infinity is TFDV's.

    Args:
        before: the statistics to compare with.
        now: the statistics of the rows that are judged.
        asked: which columns to compare, and how.
    """
    old, new = of_statistics(before), of_statistics(now)
    largest = _l_infinity(before, now, [each.column for each in asked if each.measure == L_INFTY], old, new)
    found = []
    for each in asked:
        a, b = old.get(each.column, _NOTHING), new.get(each.column, _NOTHING)
        value = largest.get(each.column) if each.measure == L_INFTY else distance(a, b)
        found.append(Moved(each.column, each.measure, value, chance(each.measure, a, b), each.limit, change(a, b)))
    return found


_NOTHING = Distribution(1.0)


def _l_infinity(
    before: statistics_pb2.DatasetFeatureStatisticsList,
    now: statistics_pb2.DatasetFeatureStatisticsList,
    columns: Iterable[str],
    old: Mapping[str, Distribution],
    new: Mapping[str, Distribution],
) -> dict[str, float]:
    """TFDV's L-infinity of columns of text; it has none of numbers."""
    schema = schema_pb2.Schema()
    for column in columns:
        if all(found.get(column, _NOTHING).counts for found in (old, new)):
            comparator = schema_pb2.FeatureComparator(infinity_norm=schema_pb2.InfinityNorm(threshold=1.0))
            schema.feature.add(name=column, type=schema_pb2.BYTES, drift_comparator=comparator)
    if not schema.feature:
        return {}
    anomalies = tfdv.validate_statistics(now, schema, previous_statistics=before)
    return {info.path.step[0]: each.value for info in anomalies.drift_skew_info for each in info.drift_measurements}


def chance(measure: str, a: Distribution, b: Distribution) -> float:
    """Returns the distance that two samples of the same rows exceed once in a thousand times; 1 if one is empty.

    For shares p and q of n and m rows, 8 ln 2 times the Jensen-Shannon divergence (in bits) is near the sum of
    (p - q)^2 / p, and that times n m / (n + m) is chi-squared. Simulated in docs/adr/0033-drift.md.
    """
    if not a.values or not b.values:
        return 1.0
    sizes = 1 / a.values + 1 / b.values
    if measure == L_INFTY:
        return min(_OF_A_HALF * math.sqrt(sizes), 1.0)
    freedom = max(len({*a.counts, *b.counts}) - 1, 1) if a.counts else _OF_NUMBERS
    return min(float(stats.chi2.isf(_BY_CHANCE, freedom)) / (8 * math.log(2)) * sizes, 1.0)


def change(a: Distribution, b: Distribution) -> str:
    """Returns what moved most from one distribution to another, as a sentence; "" if they cannot be compared."""
    if a.is_empty or b.is_empty or bool(a.counts) != bool(b.counts):
        return ""
    if not a.counts:
        ends = {share: [f"{float(np.interp(share, d.below, d.edges)):.4g}" for d in (a, b)] for share in _TOLD}
        return next((_TOLD[share].format(*both) for share, both in ends.items() if both[0] != both[1]), "")
    shares = [{value: count / sum(each.counts.values()) for value, count in each.counts.items()} for each in (a, b)]
    value = max({**a.counts, **b.counts}, key=lambda one: abs(shares[0].get(one, 0.0) - shares[1].get(one, 0.0)))
    old, new = (f"{100 * each.get(value, 0.0):.3g} %" for each in shares)
    return f"{_named(value)} was {old} of its values and is {new}."


def _named(value: str) -> str:
    """A value in quotes, on one line, and not longer than a person reads."""
    line = " ".join(value.split())
    return f"'{line if len(line) <= _LONGEST else line[: _LONGEST - 1] + '…'}'"
