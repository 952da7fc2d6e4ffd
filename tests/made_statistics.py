"""Statistics made for the tests: what StatisticsGen computes of a few rows, without a pipeline."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import tensorflow_data_validation as tfdv
from tensorflow_data_validation.statistics import stats_impl

from components.data_gate.statistics_options import QUANTILES, stats_options
from turnstile.labels import Label

_TYPES = {float: pa.float32(), int: pa.int64(), str: pa.large_binary()}


def statistics(columns: dict[str, list], empty: type = float, label: Label | None = None):
    """Statistics of rows given by column; None is a missing value, written as ExampleGen writes an empty CSV cell.

    Args:
        columns: values of one type a column.
        empty: the type of columns that hold nothing.
        label: the label of the config, which decides what StatisticsGen tells of its column.
    """
    options = stats_options(label) if label else tfdv.StatsOptions(num_quantiles_histogram_buckets=QUANTILES)
    arrays = {name: _array(values, empty) for name, values in columns.items()}
    return stats_impl.generate_statistics_in_memory(pa.RecordBatch.from_pydict(arrays), options)


def _array(values: list, empty: type) -> pa.Array:
    kind = next((type(value) for value in values if value is not None), empty)
    rows = [[] if value is None else [value.encode() if kind is str else value] for value in values]
    return pa.array(rows, pa.large_list(_TYPES[kind]))


def write(folder: Path, **splits: dict[str, list]) -> Path:
    """Writes StatisticsGen's output folder, a file for each split; returns the folder."""
    for split, columns in splits.items():
        target = folder / f"Split-{split}"
        target.mkdir(parents=True)
        (target / "FeatureStats.pb").write_bytes(statistics(columns).SerializeToString())
    return folder
