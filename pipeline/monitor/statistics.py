"""TFDV's statistics of any number of rows in bounded memory: batch by batch, in this process, without Beam."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from tensorflow_data_validation.statistics import stats_impl
from tensorflow_metadata.proto.v0 import statistics_pb2

from components.data_gate.statistics_options import stats_options
from turnstile.labels import Label

_COMPACT_EVERY = 25  # batches: TFDV's quantiles and counts grow until they are made small again


class Statistics:
    """The statistics of batches, by the generators of TFDV that work by sketches (docs/adr/0034-monitor.md).

    Args:
        label: of the config, by which StatisticsGen chose its options.

    Attributes:
        rows: how many there were.
    """

    def __init__(self, label: Label):
        self._generators = stats_impl.get_generators(stats_options(label), in_memory=True)
        self._sums: list[Any] = [generator.create_accumulator() for generator in self._generators]
        self._batches = self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Adds rows.

        Args:
            batch: columns of lists.
        """
        self._sums = [g.add_input(sums, batch) for g, sums in zip(self._generators, self._sums, strict=True)]
        self.rows += batch.num_rows
        self._batches += 1
        if self._batches % _COMPACT_EVERY == 0:
            self._sums = [g.compact(sums) for g, sums in zip(self._generators, self._sums, strict=True)]

    def result(self) -> statistics_pb2.DatasetFeatureStatisticsList:
        """Returns the statistics of all rows, as StatisticsGen would have them."""
        return stats_impl.extract_statistics_output(self._sums, self._generators)
