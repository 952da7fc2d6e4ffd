"""How the values of each column are distributed, by TFDV's statistics, and how far two distributions are apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from turnstile.places import Place

STATISTICS = "FeatureStats.pb"  # the file in which TFX's StatisticsGen writes those of a split


@dataclass(frozen=True)
class Distribution:
    """The values of a column in some rows.

    Attributes:
        missing: the share of rows without a value.
        counts: of text, the rows of each value, the most frequent first; empty for numbers.
        edges: of numbers, ascending; the first is the least number, the last the largest. One that many rows have is
            there several times.
        below: the share of values up to each edge.
        values: how many values there are.
    """

    missing: float
    counts: Mapping[str, float] = field(default_factory=dict)
    edges: np.ndarray = field(default_factory=lambda: np.empty(0))
    below: np.ndarray = field(default_factory=lambda: np.empty(0))
    values: float = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether there is no value."""
        return not self.counts and not len(self.edges)

    def less(self, edges: np.ndarray) -> np.ndarray:
        """Returns the share of the numbers that are less than each of `edges`."""
        return np.interp(-edges, -self.edges[::-1], self.below[::-1])

    def at_most(self, edges: np.ndarray) -> np.ndarray:
        """Returns the share of the numbers that are at most each of `edges`."""
        return np.interp(edges, self.edges, self.below)

    def shares(self, edges: np.ndarray) -> np.ndarray:
        """Returns which share of the numbers is between each two edges; outer ones have what is beyond them too."""
        below = self.less(edges)
        below[0], below[-1] = 0, 1
        return np.diff(below)


def read(statistics: Place) -> dict[str, dict[str, Distribution]]:
    """Returns each split's distributions by column.

    Args:
        statistics: the folder of StatisticsGen's statistics.
    """
    files: list[Place] = [*statistics.glob(f"Split-*/{STATISTICS}")]
    return {
        file.parent.name.removeprefix("Split-"): of_statistics(read_split(file.parent))
        for file in sorted(files, key=str, reverse=True)  # train before eval
    }


def read_split(folder: Place) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Returns the statistics in a folder, as TFX's StatisticsGen has them for a split."""
    return statistics_pb2.DatasetFeatureStatisticsList.FromString((folder / STATISTICS).read_bytes())


def of_statistics(statistics: statistics_pb2.DatasetFeatureStatisticsList) -> dict[str, Distribution]:
    """Returns the distributions of some rows, by column."""
    (dataset,) = statistics.datasets
    return {each.path.step[0]: _distribution(each, dataset.num_examples) for each in dataset.features if each.path.step}


def _distribution(column: statistics_pb2.FeatureNameStatistics, rows: int) -> Distribution:
    kind = column.WhichOneof("stats")
    stats = getattr(column, kind)
    missing = 1 - stats.common_stats.num_non_missing / rows if rows else 0.0
    values = float(stats.common_stats.tot_num_values)
    if kind == "string_stats":
        counts = {bucket.label: bucket.sample_count for bucket in stats.rank_histogram.buckets}
        others = values - sum(counts.values())
        return Distribution(missing, counts | ({_OTHERS: others} if others > 0.5 else {}), values=values)
    if kind != "num_stats" or not stats.histograms:
        return Distribution(missing)
    return Distribution(missing, {}, *_cumulative(stats.histograms), values)


_OTHERS = "all others"


def _cumulative(histograms: Sequence[statistics_pb2.Histogram]) -> tuple[np.ndarray, np.ndarray]:
    """The share of values up to each edge, by the histogram of quantiles: one of equal widths hides most in a bin."""
    types = statistics_pb2.Histogram.HistogramType
    found = next((h for h in histograms if h.type == types.QUANTILES), histograms[0])
    buckets = [b for b in found.buckets if math.isfinite(b.low_value) and math.isfinite(b.high_value)]
    counts = np.array([bucket.sample_count for bucket in buckets], float)
    if not counts.sum():
        return np.empty(0), np.empty(0)
    edges = np.array([buckets[0].low_value, *(bucket.high_value for bucket in buckets)])
    return edges, np.append(0, np.cumsum(counts)) / counts.sum()


def distance(a: Distribution, b: Distribution) -> float | None:
    """Returns the Jensen-Shannon divergence of two distributions, from 0 (the same) to 1; None where it cannot be told.

    Of text, it is that of the values; of numbers, that of ten bins, which end at the deciles of `a`. Source: Lin,
    Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 37 (1991).
    """
    if a.is_empty or b.is_empty or bool(a.counts) != bool(b.counts):
        return None
    if a.counts:
        names = list(dict.fromkeys([*a.counts, *b.counts]))
        p, q = (np.array([each.counts.get(name, 0.0) for name in names]) for each in (a, b))
        return _divergence(p / p.sum(), q / q.sum())
    nearest = [int(np.abs(a.below - tenths / 10).argmin()) for tenths in range(1, 10)]
    ends = np.unique(a.edges[nearest])  # of what is beyond them, extremes say little
    p, q = (np.diff(np.concatenate([[0.0], each.at_most(ends), [1.0]])) for each in (a, b))
    return _divergence(p.clip(0), q.clip(0))  # rounding makes -1e-16 of none


def _divergence(p: np.ndarray, q: np.ndarray) -> float:
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(each > 0, each * np.log2(each / middle), 0.0).sum() for each in (p, q)]
    return float(max(sum(terms) / 2, 0.0))
