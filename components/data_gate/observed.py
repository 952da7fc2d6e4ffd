"""What the statistics of a split say of a column: its type, how many values it has, and which."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tensorflow_metadata.proto.v0 import statistics_pb2

# Values that a sentence names: enough to recognise the fault, few enough to read.
_NAMED = 5
_TYPES = statistics_pb2.FeatureNameStatistics.Type
# The mean of v - v * v is 0 where every v is 0 or 1, but for rounding; one 0.5 in a million rows makes it 2.5e-7.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Observed:
    """A column of a split.

    Attributes:
        type: "INT", "FLOAT" or "BYTES", as a schema names it.
        count: how many values there are in all rows, those that are not a number left out.
        values: the values that the statistics tell apart, the most frequent first; of most numbers, there is none.
        complete: whether these are all that there are.
        low: the least number; 0 where there is none.
        high: the largest number; 0 where there is none.
        only_0_or_1: whether each number is one of these two.
    """

    name: str
    type: str
    count: int
    values: Sequence[str] = field(default=())
    complete: bool = False
    low: float = 0.0
    high: float = 0.0
    only_0_or_1: bool = False

    @property
    def infinite(self) -> bool:
        """Whether a value is infinite."""
        return math.isinf(self.low) or math.isinf(self.high)

    def in_words(self, wanted: Sequence[str] | None = None) -> str:
        """Returns up to five values as a list, those of `wanted` if it is given; of numbers, their range."""
        if self.type != "BYTES" and not self.complete:
            return f"{number(self.low)} to {number(self.high)}"
        return some([f"'{v}'" if self.type == "BYTES" else v for v in (self.values if wanted is None else wanted)])


def observed(statistics: statistics_pb2.DatasetFeatureStatistics) -> Mapping[str, Observed]:
    """Returns what is known of each column of a split, by name."""
    return {f.path.step[0]: _strings(f) if f.HasField("string_stats") else _numbers(f) for f in statistics.features}


def _strings(feature: statistics_pb2.FeatureNameStatistics) -> Observed:
    """Of strings, and of the integers of a label (components/data_gate/statistics_options.py)."""
    values = [bucket.label for bucket in feature.string_stats.rank_histogram.buckets]
    integers = feature.type == statistics_pb2.FeatureNameStatistics.INT
    numbers = [int(value) for value in values] if integers else []
    return Observed(
        name=feature.path.step[0],
        type="INT" if integers else "BYTES",
        count=feature.string_stats.common_stats.tot_num_values,
        values=values,
        complete=bool(values) and len(values) >= feature.string_stats.unique,
        low=min(numbers, default=0),
        high=max(numbers, default=0),
        only_0_or_1=integers and {0, 1}.issuperset(numbers),
    )


def _numbers(feature: statistics_pb2.FeatureNameStatistics) -> Observed:
    stats = getattr(feature, feature.WhichOneof("stats"))
    if not feature.HasField("num_stats"):
        return Observed(feature.path.step[0], "BYTES", stats.common_stats.tot_num_values)
    nans = max((histogram.num_nan for histogram in stats.histograms), default=0)
    between = stats.mean - stats.mean**2 - stats.std_dev**2  # the mean of v - v * v
    return Observed(
        name=feature.path.step[0],
        type=_TYPES.Name(feature.type),
        count=stats.common_stats.tot_num_values - nans,
        low=stats.min,
        high=stats.max,
        only_0_or_1=stats.min >= 0 and stats.max <= 1 and not between > _ROUNDING,
    )


def number(value: float) -> str:
    """Writes a number as short as it can be told."""
    value = value or 0.0  # not -0
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.6g}"


def some(values: Sequence[str], named: int = _NAMED) -> str:
    """Returns the first of some values as a list, and how many more there are."""
    text = ", ".join(values[:named])
    return text if len(values) <= named else f"{text} and {len(values) - named:,} more"
