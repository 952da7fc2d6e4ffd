"""What StatisticsGen is asked for beside what it tells by itself: integers of a label, and finer quantiles."""

from __future__ import annotations

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2

from turnstile.labels import BinaryLabel, Label, MulticlassLabel

# TFDV's own number is 10. Of codes, and of places that many rows share, ten quantiles of two samples of the same rows
# can look 0.14 apart; with 50 their distance is what chance explains (docs/adr/0033-drift.md). A multiple of 10.
QUANTILES = 50


def stats_options(label: Label) -> tfdv.StatsOptions:
    """Returns StatisticsGen's options: the integers of a label of classes are counted one by one.

    Of other integers it tells no more than how they are distributed. A column that turns out to hold no integers gets
    the statistics of what it holds.
    """
    counted = _counted(label)
    schema = schema_pb2.Schema(feature=[counted]) if counted else None
    return tfdv.StatsOptions(schema=schema, num_quantiles_histogram_buckets=QUANTILES)


def _counted(label: Label) -> schema_pb2.Feature | None:
    """The column of integers that are classes."""
    if not isinstance(label, BinaryLabel | MulticlassLabel) or "INT" not in label.types:
        return None
    if isinstance(label, BinaryLabel) and label.of_quantity:
        return None
    column = schema_pb2.Feature(name=label.column, type=schema_pb2.INT)
    column.int_domain.is_categorical = True
    return column
