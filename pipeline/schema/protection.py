"""What a proposed schema asks beyond types: ranges of numbers, closed sets of values, and how often one is missing.

TFDV infers types and lists of values. Amounts in cents instead of dollars, times in milliseconds instead of seconds, or
a column that is suddenly half empty pass such a schema. The margins here are wide: later data of the same source must
pass. docs/adr/0022-protecting-schema.md has what was measured, and why nothing here asks that ids are unique.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components.data_gate.observed import Observed, observed
from components.data_gate.presence import filled_rows
from components.example_gen.misfits import LIKE_A_DATE
from pipeline.schema.ranges import Middle, ends

_INT64 = 2**63 - 1
_FLOAT32 = 3.4e38

# More different strings than these are no set of values; and it takes ten rows for each to know one.
MAX_VALUES = 100
_ROWS_PER_VALUE = 10
# A set is closed if it is small, and stable: where none of its values is rare, there is hardly one yet to be seen.
_MAX_CLOSED = 20
_TIMES = 5
_COMMON = 0.05
# Of a set that is not closed, the part of the values that must be known: new ones may come, but not take over.
_KNOWN = 0.8

# Rows without a value may become twice as many; and one in a hundred may lack a value where none did.
_MISSING_MARGIN = 2
_MISSING_AT_LEAST = 0.01
# Of what never happened in n rows, the true share is below 3/n, with 95 % confidence: the "rule of three".
_UNSEEN = 3


@dataclass(frozen=True)
class _Column:
    """What all splits tell of a column.

    Attributes:
        parts: the column in each split that has it.
        missing: the largest share of rows without a value in any split.
        rows: of the smallest split.
        middle: the first decile, the median and the ninth decile, of numbers in the largest split.
        mean: of the same numbers.
        single: whether no row has more than one value.
        counts: how often each string is there; None where not all are known.
    """

    parts: Sequence[Observed]
    missing: float
    rows: int
    middle: Middle | None
    mean: float
    single: bool
    counts: Counter[str] | None


def protected(
    schema: schema_pb2.Schema,
    splits: Sequence[statistics_pb2.DatasetFeatureStatistics],
    columns: Collection[str],
    read: Collection[str],
) -> schema_pb2.Schema:
    """Returns the schema with ranges, closed sets and presence for some columns; the splits themselves satisfy it.

    Args:
        schema: what TFDV inferred.
        splits: the statistics of each split.
        columns: the new ones: nobody has reviewed what the schema says of them.
        read: those of them that a run reads. The others, ids among them, may hold anything, or be gone.
    """
    made = schema_pb2.Schema()
    made.CopyFrom(schema)
    for feature in made.feature:
        if feature.name not in columns:
            continue
        if feature.name not in read:
            _set_unread(feature)
            continue
        column = _column(feature.name, splits)
        if column is None or feature.lifecycle_stage == schema_pb2.DEPRECATED:
            continue
        _set_presence(feature, column)
        if feature.type == schema_pb2.BYTES:
            _set_values(feature, column)
        else:
            _set_range(feature, column)
    return made


def _column(name: str, splits: Sequence[statistics_pb2.DatasetFeatureStatistics]) -> _Column | None:
    found = [(split, f) for split in splits for f in split.features if f.path.step[0] == name]
    if len(found) < len(splits) or not all(split.num_examples for split in splits):
        return None
    counts: Counter[str] | None = Counter()
    for _, feature in found:
        buckets = feature.string_stats.rank_histogram.buckets
        if counts is not None and len(buckets) >= feature.string_stats.unique:
            counts.update({bucket.label: int(bucket.sample_count) for bucket in buckets})
        else:
            counts = None
    return _Column(
        parts=[observed(split)[name] for split, _ in found],
        missing=max(1 - filled_rows(feature) / split.num_examples for split, feature in found),
        rows=min(int(split.num_examples) for split, _ in found),
        middle=_middle(found[0][1]),
        mean=found[0][1].num_stats.mean,
        single=all(_common(feature).max_num_values <= 1 for _, feature in found),
        counts=counts,
    )


def _middle(feature: statistics_pb2.FeatureNameStatistics) -> Middle | None:
    kind = statistics_pb2.Histogram.QUANTILES
    buckets = next((h.buckets for h in feature.num_stats.histograms if h.type == kind and len(h.buckets) >= 10), None)
    if buckets is None:
        return None
    first, median, ninth = (buckets[len(buckets) * tenths // 10 - 1].high_value for tenths in (1, 5, 9))
    return first, median, ninth


def _common(feature: statistics_pb2.FeatureNameStatistics) -> statistics_pb2.CommonStatistics:
    return getattr(feature, feature.WhichOneof("stats")).common_stats


def _set_presence(feature: schema_pb2.Feature, column: _Column) -> None:
    """Of lists, statistics do not tell how many are empty: what TFDV inferred of them stays."""
    if not column.single:
        return
    missing = _MISSING_MARGIN * column.missing + max(_MISSING_AT_LEAST, _UNSEEN / column.rows)
    at_least = math.floor(100 * (1 - missing)) / 100
    feature.value_count.CopyFrom(schema_pb2.ValueCount(max=1))
    feature.presence.ClearField("min_fraction")
    if at_least > 0:
        feature.presence.min_fraction = at_least


def _set_unread(feature: schema_pb2.Feature) -> None:
    """Lets a column hold anything, or be gone: neither TFDV nor Transform looks at it."""
    name, type_ = feature.name, feature.type
    feature.Clear()
    feature.name, feature.type, feature.lifecycle_stage = name, type_, schema_pb2.DISABLED


def _set_range(feature: schema_pb2.Feature, column: _Column) -> None:
    if feature.WhichOneof("domain_info"):
        feature.ClearField(feature.WhichOneof("domain_info"))  # TFDV takes numbers that are all 0 or 1 for booleans
    parts = [part for part in column.parts if part.count]
    if not parts or any(part.infinite or part.values for part in parts):
        return  # values are named of a label's integers only, and [label] of the config says which there may be
    low, high = min(part.low for part in parts), max(part.high for part in parts)
    if low == high:
        return  # one single value tells no scale
    flag = all(part.only_0_or_1 for part in parts) and _COMMON <= column.mean <= 1 - _COMMON
    low, high = (0.0, 1.0) if flag else ends(low, high, column.middle, sum(part.count for part in parts))
    if feature.type == schema_pb2.INT and max(-low, high) <= _INT64:
        feature.int_domain.CopyFrom(schema_pb2.IntDomain(min=math.floor(low), max=math.ceil(high)))
    elif feature.type == schema_pb2.FLOAT and max(-low, high) < _FLOAT32:
        feature.float_domain.CopyFrom(schema_pb2.FloatDomain(min=low, max=high))


def _set_values(feature: schema_pb2.Feature, column: _Column) -> None:
    """Closes a set of strings, keeps it as one that mostly holds, or opens it; its domain is then left over."""
    kind, counts = feature.WhichOneof("domain_info"), column.counts
    if kind not in ("domain", "string_domain", "bool_domain"):
        return
    total = counts.total() if counts else 0
    if not counts or total < _ROWS_PER_VALUE * len(counts) or any(map(LIKE_A_DATE.match, counts)):
        feature.ClearField(kind)
    elif len(counts) > _MAX_CLOSED or min(counts.values()) < max(_TIMES, _COMMON * total):
        feature.distribution_constraints.min_domain_mass = _KNOWN
