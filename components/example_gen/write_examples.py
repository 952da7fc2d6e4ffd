"""The work as Beam steps: find the blocks, tell the kinds of the columns, write shards, publish them.

No row passes between steps, only where blocks and files are: the workers read, encode and write by themselves, and
Beam, whose local runner keeps whatever passes between steps in memory, has nothing to hold.
"""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.io.filesystems import FileSystems
from tfx.dsl.io import fileio
from tfx_bsl.coders import example_coder
from tfx_bsl.telemetry import util

from components.example_gen import column_types as kind_rules
from components.example_gen import records, shards
from components.example_gen.column_types import Kind
from components.example_gen.csv_table import CsvTable
from components.example_gen.parquet_table import ParquetTable
from components.example_gen.splitting import Splits
from components.example_gen.tables import Block, Table

Shard = tuple[Block, ...]

# Of TFX's own ExampleGens; their module imports every other component, in every worker.
_METRICS = util.MakeTfxNamespace(["ExampleGen"])


@dataclass(frozen=True)
class Job:
    """What to do with the files that a pattern matches.

    Attributes:
        pattern: of their paths.
        splits: how their rows are divided.
        folders: where each split is written.
        unfinished: a folder for what is not whole yet, on the same file system.
        kinds: of the columns to write; None to tell them from the values, and write all columns.
    """

    pattern: str
    splits: Splits
    folders: tuple[str, ...]
    unfinished: str
    kinds: dict[str, Kind] | None = None


class WriteExamples(beam.PTransform):
    """Reads the files of a job and writes their rows as examples."""

    def __init__(self, job: Job):
        super().__init__()
        self._job = job

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection:
        """Adds the steps; raises ValueError when there is no file, or the first one cannot be read."""
        job, sizes = self._job, _sizes(self._job.pattern)
        table = _table(sorted(sizes))
        _check(job, table.names)
        groups = list(shards.grouped(sizes, shards.SHARD_BYTES))
        found = (
            pipeline
            | "Files" >> beam.Create(groups)
            | "FindBlocks" >> beam.FlatMap(_shards, table, shards.BLOCK_BYTES, shards.SHARD_BYTES)
            | "Share" >> beam.Reshuffle()
        )
        kinds = [job.kinds]
        if job.kinds is None:
            kinds = beam.pvalue.AsList(found | "TellKinds" >> beam.Map(_kinds, table))
        written = found | "WriteShards" >> beam.FlatMap(_write, table, job, kinds)
        return (
            pipeline
            | "Once" >> beam.Create([job.folders])
            | "Publish" >> beam.Map(_publish, beam.pvalue.AsList(written))
        )


def _check(job: Job, names: Sequence[str]) -> None:
    """What can be told before anything runs."""
    job.splits.columns(names)
    if job.kinds is not None and not set(job.kinds) & set(names):
        raise ValueError(f"{job.pattern}: has none of the schema's columns; it has: {', '.join(names)}")


def _sizes(pattern: str) -> dict[str, int]:
    sizes = {path: fileio.stat(path).length for path in fileio.glob(pattern)}
    if not sizes:
        raise ValueError(f"{pattern}: matches no file; expected CSV or Parquet files. Check data.path")
    return sizes


def _table(paths: list[str]) -> Table:
    """Tells the format by the name of the first file: .parquet, or else CSV, as for CsvExampleGen."""
    kind = ParquetTable if paths[0].endswith(".parquet") else CsvTable
    with FileSystems.open(paths[0]) as file:
        return kind.of(paths[0], file)


def _shards(paths: list[str], table: Table, block_bytes: int, shard_bytes: int) -> Iterator[Shard]:
    def blocks() -> Iterator[Block]:
        for path in paths:
            with FileSystems.open(path) as file:
                yield from table.blocks(path, file, block_bytes)

    return shards.shards(blocks(), shard_bytes)


def _kinds(shard: Shard, table: Table) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for block in shard:
        with FileSystems.open(block.path) as file:
            kinds = table.kinds(file, block, kinds)
    return kinds


def _write(shard: Shard, table: Table, job: Job, told: Iterable[dict[str, Kind]]) -> Iterable[records.Written]:
    kinds = kind_rules.merged(told)
    fileio.makedirs(job.unfinished)
    # A name of its own for each try: a worker that was given up on may still be writing.
    paths = [posixpath.join(job.unfinished, f"{uuid.uuid4().hex}.gz") for _ in job.folders]
    encoder = example_coder.RecordBatchToExamplesEncoder()
    count = beam.metrics.Metrics.counter(_METRICS, "num_instances")
    with records.Writers(paths) as writers:
        for rows in _rows(shard, table):
            try:
                features, splits = table.features(rows, kinds), _split(rows, table, job.splits)
            except ValueError as error:
                raise ValueError(f"{', '.join(sorted({block.path for block in shard}))}: {error}") from error
            writers.write(encoder.encode(features), splits)
            count.inc(rows.num_rows)
    return [records.Written(split, shards.order(shard), path) for split, path in enumerate(paths)]


def _rows(shard: Shard, table: Table) -> Iterator[pa.RecordBatch]:
    for block in shard:
        with FileSystems.open(block.path) as file:
            yield from table.rows(file, block)


def _split(rows: pa.RecordBatch, table: Table, splits: Splits) -> list[int]:
    if not splits.buckets:
        return [0] * rows.num_rows
    return splits.of(table.text(rows, splits.columns(rows.schema.names))).tolist()


def _publish(folders: tuple[str, ...], written: list[records.Written]) -> None:
    records.publish(written, folders)
