"""Rows without a label: which they are, and how many of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.example_gen import shards, table_files
from components.example_gen.column_types import ColumnType
from components.example_gen.tables import Table


def labelled(features: pa.RecordBatch, labels: Iterable[str]) -> np.ndarray:
    """Returns for each row whether it has a value in every label column.

    Args:
        features: a column of lists for each feature, as Table.features returns it.
        labels: the columns that the label is made from; one that is not there is not asked for.
    """
    found = np.ones(features.num_rows, bool)
    for name in set(labels) & set(features.schema.names):
        lengths = pc.fill_null(pc.list_value_length(features.column(name)), 0)
        found &= lengths.to_numpy(zero_copy_only=False) > 0
    return found


def count(table: Table, paths: Iterable[str], kinds: Mapping[str, ColumnType], labels: Iterable[str]) -> int:
    """Returns how many rows of some files have no label; reads them to their ends.

    Args:
        table: the table that the files are of.
        paths: their paths.
        kinds: the kind that each column is written as.
        labels: the columns that the label is made from.
    """
    wanted, missing = {name: kinds[name] for name in labels if name in kinds}, 0
    for path in paths:
        with table_files.opened(path) as file:
            for block in table.blocks(path, file, shards.BLOCK_BYTES):
                for rows in table.rows(file, block):
                    missing += int((~labelled(table.features(rows, wanted), labels)).sum())
    return missing
