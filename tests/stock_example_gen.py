"""What TFX's CsvExampleGen and Parquet executor make of a file: their own steps, without Beam between them."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf
from pyarrow import parquet
from tfx.components.example_gen import utils as example_gen_utils
from tfx.components.example_gen.csv_example_gen import executor
from tfx.utils import io_utils
from tfx_bsl.coders import csv_decoder


def csv_examples(*paths: Path) -> list[tf.train.Example]:
    """Reads the files of a split; arguments and errors as CsvExampleGen's."""
    names = io_utils.load_csv_column_names(str(paths[0]))
    parse = csv_decoder.ParseCSVLine(",")
    parse.setup()
    records = [r for path in paths for r in executor._ReadCsvRecordsFromTextFile().process(str(path))]
    rows = [cells for record in records for cells, _ in parse.process(record)]
    inferrer = csv_decoder.ColumnTypeInferrer(names, skip_blank_lines=True)
    found: dict = {}
    for cells in rows:
        found = inferrer.add_input(found, cells)
    infos, to_example = inferrer.extract_output(found), executor._ParsedCsvToTfExample()
    return [example for cells in rows for example in to_example.process(cells, infos)]


def csv_features(path: Path, schema) -> list[dict]:
    """Reads a file by a schema, as TFX's CSV decoder does; a row is a dict of lists."""
    names = io_utils.load_csv_column_names(str(path))
    parse = csv_decoder.ParseCSVLine(",")
    parse.setup()
    rows = [row for r in executor._ReadCsvRecordsFromTextFile().process(str(path)) for row in parse.process(r)]
    infos = csv_decoder._GetColumnInfosFromSchema(schema, names)
    (batch,) = csv_decoder.BatchedCSVRowsToRecordBatch(skip_blank_lines=True).process(rows, infos)
    return batch.to_pylist()


def parquet_examples(path: Path) -> list[tf.train.Example]:
    """Reads a file as the Parquet executor does."""
    return [example_gen_utils.dict_to_example(row) for row in parquet.read_table(path).to_pylist()]
