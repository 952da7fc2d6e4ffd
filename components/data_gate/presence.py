"""In how many rows a column has a value: TFDV counts a row with an empty cell of a CSV file as one that has."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2


def filled_rows(feature: statistics_pb2.FeatureNameStatistics) -> int:
    """Returns how many rows have a value; of lists, how many have one: statistics do not tell which are empty."""
    common = getattr(feature, feature.WhichOneof("stats")).common_stats
    return int(common.tot_num_values if common.max_num_values <= 1 else common.num_non_missing)


def with_empty_as_missing(
    statistics: statistics_pb2.DatasetFeatureStatisticsList, schema: schema_pb2.Schema
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Returns the statistics with rows without a value counted as such, for columns that a share of rows must have.

    ExampleGen writes an empty cell of a CSV file as a list without values, as TFX does. So where a schema says
    `min_fraction: 1`, the column must be there, and where it says less, so many rows must have a value.
    """
    shared = {feature.name for feature in schema.feature if 0 < feature.presence.min_fraction < 1}
    counted = statistics_pb2.DatasetFeatureStatisticsList()
    counted.CopyFrom(statistics)
    for dataset in counted.datasets:
        for feature in dataset.features:
            if feature.path.step[0] in shared:
                common, filled = getattr(feature, feature.WhichOneof("stats")).common_stats, filled_rows(feature)
                common.num_missing += common.num_non_missing - filled
                common.num_non_missing = filled
    return counted
