"""Asks StatisticsGen which integers a label holds: of other integers it tells no more than the range."""

from __future__ import annotations

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2

from turnstile.labels import BinaryLabel, Label, MulticlassLabel


def stats_options(label: Label) -> tfdv.StatsOptions | None:
    """Returns StatisticsGen's options, None for its own: the integers of a label of classes are counted one by one.

    A column that turns out to hold no integers gets the statistics of what it holds.
    """
    if not isinstance(label, BinaryLabel | MulticlassLabel) or "INT" not in label.types:
        return None
    if isinstance(label, BinaryLabel) and label.of_quantity:
        return None
    column = schema_pb2.Feature(name=label.column, type=schema_pb2.INT)
    column.int_domain.is_categorical = True
    return tfdv.StatsOptions(schema=schema_pb2.Schema(feature=[column]))
