"""The work as Beam steps: find the blocks, tell the kinds of the columns, write shards, publish them.

No row passes between steps, only where blocks and files are: the workers read, encode and write by themselves, and
Beam, whose local runner keeps whatever passes between steps in memory, has nothing to hold.
"""

from __future__ import annotations

import itertools
import posixpath
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import apache_beam as beam
import pyarrow as pa
from tfx.dsl.io import fileio
from tfx_bsl.coders import example_coder
from tfx_bsl.telemetry import util

from components.example_gen import column_types as kind_rules
from components.example_gen import missing_labels, records, shards, table_files
from components.example_gen.column_rules import PLAIN, Rules
from components.example_gen.column_types import ColumnType
from components.example_gen.csv_table import CsvTable
from components.example_gen.splitting import Splits
from components.example_gen.tables import Block, Table
from turnstile.places import place

Shard = tuple[Block, ...]

# Of TFX's own ExampleGens; their module imports every other component, in every worker.
_METRICS = util.MakeTfxNamespace(["ExampleGen"])


@dataclass(frozen=True)
class Job:
    """What to do with files.

    Attributes:
        paths: the paths, in the order in which their rows are written; not empty.
        splits: how their rows are divided.
        folders: where each split is written.
        unfinished: a folder for what is not whole yet, on the same file system.
        kinds: the kinds of the columns to write; None to tell them from the values, and write all columns.
        rules: how columns are read.
        whole: files of which every row goes to one split, with its position; the rows of the others are divided.
    """

    paths: tuple[str, ...]
    splits: Splits
    folders: tuple[str, ...]
    unfinished: str
    kinds: dict[str, ColumnType] | None = None
    rules: Rules = PLAIN
    whole: Mapping[str, int] = field(default_factory=dict)


class WriteExamples(beam.PTransform):
    """Reads the files of a job and writes their rows as examples."""

    def __init__(self, job: Job):
        super().__init__()
        self._job = job

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection:
        """Adds the steps; raises ValueError when the first file cannot be read."""
        job, sizes = self._job, {path: place(path).stat().st_size for path in self._job.paths}
        table = table_files.of_files(job.paths, job.rules)
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
        raise ValueError(f"{job.paths[0]}: has none of the schema's columns; it has: {', '.join(names)}")


def _shards(paths: list[str], table: Table, block_bytes: int, shard_bytes: int) -> Iterator[Shard]:
    def blocks() -> Iterator[Block]:
        for path in paths:
            with table_files.opened(path) as file:
                yield from table.blocks(path, file, block_bytes)

    return shards.shards(blocks(), shard_bytes)


def _kinds(shard: Shard, table: Table) -> dict[str, ColumnType]:
    kinds: dict[str, ColumnType] = {}
    for block, file in _opened(shard):
        kinds = table.kinds(file, block, kinds)
    return kinds


def _opened(shard: Shard) -> Iterator[tuple[Block, IO[bytes]]]:
    """Yields each block with its file, which is opened once: what was read ahead is not read again."""
    for path, blocks in itertools.groupby(shard, lambda block: block.path):
        with table_files.opened(path) as file:
            for block in blocks:
                yield block, file


def _write(shard: Shard, table: Table, job: Job, told: Iterable[dict[str, ColumnType]]) -> Iterable[records.Written]:
    kinds = job.rules.resolved(kind_rules.merged(told), text=isinstance(table, CsvTable))
    fileio.makedirs(job.unfinished)
    files = [_unfinished(job, split, shard) for split, _ in enumerate(job.folders)]
    encoder = example_coder.RecordBatchToExamplesEncoder()
    count = beam.metrics.Metrics.counter(_METRICS, "num_instances")
    empty = {name for name, kind in kinds.items() if kind == ColumnType.EMPTY}
    with records.Writers(files, empty) as writers:
        for path, rows in _rows(shard, table):
            try:
                features, splits = _with_labels(table.features(rows, kinds), _split(path, rows, table, job), job.rules)
            except ValueError as error:
                raise ValueError(f"{', '.join(sorted({block.path for block in shard}))}: {error}") from error
            writers.write(features, encoder.encode(features), splits)
            count.inc(features.num_rows)
    return files


def _unfinished(job: Job, split: int, shard: Shard) -> records.Written:
    """A name of its own for each try: a worker that was given up on may still be writing."""
    path = posixpath.join(job.unfinished, uuid.uuid4().hex)
    columns = None if "://" in path else f"{path}.arrow"  # an object store cannot be mapped into memory
    return records.Written(split, shards.order(shard), f"{path}.gz", columns)


def _rows(shard: Shard, table: Table) -> Iterator[tuple[str, pa.RecordBatch]]:
    for block, file in _opened(shard):
        for rows in table.rows(file, block):
            yield block.path, rows


def _split(path: str, rows: pa.RecordBatch, table: Table, job: Job) -> list[int]:
    splits = job.splits
    if path in job.whole or not splits.buckets:
        return [job.whole.get(path, 0)] * rows.num_rows
    return splits.of(table.text(rows, splits.columns(rows.schema.names))).tolist()


def _with_labels(features: pa.RecordBatch, splits: list[int], rules: Rules) -> tuple[pa.RecordBatch, list[int]]:
    """Leaves rows without a label out, if the rules say so; no other row moves to another split by that."""
    if not rules.labels:
        return features, splits
    kept = missing_labels.labelled(features, rules.labels)
    return features.filter(pa.array(kept)), [split for split, keep in zip(splits, kept, strict=True) if keep]


def _publish(folders: tuple[str, ...], written: list[records.Written]) -> None:
    records.publish(written, folders)
