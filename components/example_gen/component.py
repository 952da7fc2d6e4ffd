"""ExampleGen for CSV and Parquet files: the work of TFX's CsvExampleGen and Parquet executor, by columns."""

from __future__ import annotations

import json
import logging
import posixpath
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import apache_beam as beam
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx import types
from tfx.components.example_gen import base_example_gen_executor, component, utils
from tfx.dsl.components.base import executor_spec
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2, range_config_pb2
from tfx.proto.orchestration import execution_result_pb2
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import proto_utils

from components import gate_report
from components.example_gen import column_types, input_check, input_record, spans_read
from components.example_gen.column_rules import PLAIN, Rules
from components.example_gen.driver import Driver, paths
from components.example_gen.input_check import Look
from components.example_gen.input_record import input_file
from components.example_gen.packed_settings import Settings, packed, unpacked
from components.example_gen.settings import LEFT_OUT
from components.example_gen.spans_read import SPANS, SpanRead
from components.example_gen.splitting import Splits
from components.example_gen.window import NEWEST, Window
from components.example_gen.write_examples import Job, WriteExamples
from turnstile import span_pattern
from turnstile.span_pattern import Span

logger = logging.getLogger("turnstile.example_gen")

# Beside the splits, where no reader looks; TFX removes it with the rest when the executor fails.
_UNFINISHED = "unfinished"


class Executor(base_example_gen_executor.BaseExampleGenExecutor):
    """Writes the splits itself; which there are, and the artifact's properties, are the base class's work."""

    def Do(
        self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]
    ) -> execution_result_pb2.ExecutorOutput | None:
        """Writes the examples, or refuses files that are no tables; arguments as in TFX's BaseExecutor.Do."""
        examples = output_dict[standard_component_specs.EXAMPLES_KEY]
        artifact, jobs = artifact_utils.get_single_instance(examples), _jobs(exec_properties, examples)
        base = exec_properties[standard_component_specs.INPUT_BASE_KEY]
        spans = spans_read.read(exec_properties.get(SPANS), partial(paths, base), fileio.open)
        if unpacked(exec_properties).strict:
            jobs, found = _looked_at(jobs)
            spans = spans_read.counted(spans, found.rows)
            if faults := found.faults or spans_read.faults(spans):
                return gate_report.refusal(faults)
            if found.without_label:
                logger.warning("left out %s rows without a label", f"{found.without_label:,}")
                artifact.set_int_custom_property(LEFT_OUT, found.without_label)
        self._jobs, unfinished = jobs, _unfinished(examples)
        _record(artifact, jobs, spans)
        try:
            super().Do(input_dict, output_dict, exec_properties)
        finally:
            if fileio.exists(unfinished):
                fileio.rmtree(unfinished)
        return None

    def GenerateExamplesByBeam(
        self, pipeline: beam.Pipeline, exec_properties: dict[str, Any]
    ) -> dict[str, beam.PCollection]:
        """Adds the steps that read and write; returns no split, for the base class would write it row by row."""
        for number, job in enumerate(self._jobs):
            pipeline | f"WriteExamples[{number}]" >> WriteExamples(job)
        return {}

    def GetInputSourceToExamplePTransform(self) -> type[beam.PTransform]:
        """Is only asked by the GenerateExamplesByBeam that is replaced."""
        raise NotImplementedError("GenerateExamplesByBeam reads and writes; there is no PCollection of examples")


def _looked_at(jobs: list[Job]) -> tuple[list[Job], Look]:
    """Returns the jobs with what their files hold; and the faults, the rows and the missing labels of all of them."""
    known, every = [], Look()
    for job in jobs:
        look = input_check.look(job.paths, job.rules)
        every.without_label += look.without_label
        every.faults += look.faults or _split_faults(job.splits, look.names)
        every.rows |= look.rows
        for ignored in look.ignored:
            logger.warning("leaves out %s", ignored)
        known.append(job if job.kinds else replace(job, kinds=look.kinds))
    return known, every


def _record(artifact: types.Artifact, jobs: Sequence[Job], spans: Sequence[SpanRead]) -> None:
    """Says with the examples what they are made of: the files, and the spans of a window."""
    number = artifact.get_int_custom_property(utils.SPAN_PROPERTY_NAME)
    files = [file for span in spans for file in span.files]
    files = files or [input_file(path, fileio.open, number) for job in jobs for path in job.paths]
    input_record.write(artifact.uri, files, fileio.open)
    if spans:
        artifact.set_string_custom_property(SPANS, json.dumps([span.as_dict() for span in spans]))


def _split_faults(splits: Splits, names: Sequence[str]) -> list[str]:
    try:
        splits.columns(names)
    except ValueError as error:
        return [f"{error}. Correct [split] of the config, or the data"]
    return []


def _unfinished(examples: list) -> str:
    return posixpath.join(artifact_utils.get_single_uri(examples), _UNFINISHED)


def _jobs(exec_properties: dict[str, Any], examples: list) -> list[Job]:
    """A job for each input split; if there is but one, it is divided into the output's splits, if those are named."""
    input_config, output_config = example_gen_pb2.Input(), example_gen_pb2.Output()
    proto_utils.json_to_proto(exec_properties[standard_component_specs.INPUT_CONFIG_KEY], input_config)
    proto_utils.json_to_proto(exec_properties[standard_component_specs.OUTPUT_CONFIG_KEY], output_config)
    settings = unpacked(exec_properties)
    names = tuple(utils.generate_output_split_names(input_config, output_config))
    if output := output_config.split_config.splits:
        by = output_config.split_config.partition_feature_name
        divided = [Splits(names, tuple(split.hash_buckets for split in output), (by,) if by else settings.split_by)]
    else:
        divided = [Splits((name,)) for name in names]
    # TFX's base class gives the artifact its splits, but only after the files have been looked at.
    artifact_utils.get_single_instance(examples).split_names = artifact_utils.encode_split_names(list(names))
    base = exec_properties[standard_component_specs.INPUT_BASE_KEY]
    by_span = [paths(base, each["pattern"]) for each in json.loads(exec_properties.get(SPANS) or "[]")]
    return [
        Job(
            paths=tuple(path for each in by_span for path in each) or paths(base, split.pattern),
            splits=splits,
            folders=tuple(artifact_utils.get_split_uri(examples, name) for name in splits.names),
            unfinished=_unfinished(examples),
            kinds=column_types.of_schema(settings.schema) if settings.schema else None,
            rules=settings.rules,
            whole=_whole(by_span, names) if settings.window.eval_on == "newest" else {},
        )
        for split, splits in zip(input_config.splits, divided, strict=True)
    ]


def _whole(by_span: Sequence[Sequence[str]], names: Sequence[str]) -> dict[str, int]:
    """Says that the newest span is judged on, and the others are learned from."""
    older = {path: names.index("train") for each in by_span[:-1] for path in each}
    return older | {path: names.index("eval") for path in by_span[-1]}


class ColumnarExampleGen(component.FileBasedExampleGen):
    """CSV or Parquet files in, tf.Examples out: the same rows, values and types as TFX's ExampleGens give.

    csv_table.py and parquet_table.py say where they differ; splitting.py, how rows are divided.
    """

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)
    DRIVER_CLASS = Driver

    def __init__(
        self,
        input_base: str,
        input_config: example_gen_pb2.Input | None = None,
        output_config: example_gen_pb2.Output | None = None,
        range_config: range_config_pb2.RangeConfig | None = None,
        split_by: Sequence[str] = (),
        schema: schema_pb2.Schema | None = None,
        strict: bool = False,
        rules: Rules = PLAIN,
        window: Window = NEWEST,
    ):
        """Makes the node.

        Args:
            input_base: the folder that the patterns of input_config start from.
            input_config: the input's splits; patterns may have {SPAN}, {YYYY}, {MM}, {DD} and {VERSION}. By default
                all files are one.
            output_config: the splits to divide a single input split into, by hash buckets. By default "train" and
                "eval", 2 to 1.
            range_config: which span to take; by default the latest.
            split_by: the columns whose values decide a row's split; by default all. output_config's
                partition_feature_name is the same for one column.
            schema: the types of CSV columns; columns that it lacks are left out. By default, types are told from all
                values of a column, and every column is taken.
            strict: whether the files are looked at first, and refused in words if one of them is no table, if they
                have no rows, or if a column does not hold what `rules` say (input_check.py).
            rules: what columns are used for, and which text stands for a missing value.
            window: how many spans to take, with the one that range_config says as the newest.

        Raises:
            ValueError: both split_by and partition_feature_name are given, the schema has a type that no example can
                hold, or more than one span shall be taken of more than one input split.
        """
        settings = Settings(tuple(split_by), schema, strict, rules, window)
        _check(settings, input_config, output_config)
        super().__init__(
            input_base=input_base,
            input_config=input_config,
            output_config=output_config,
            range_config=range_config,
            custom_config=packed(settings),
        )


def _check(
    settings: Settings, input_config: example_gen_pb2.Input | None, output_config: example_gen_pb2.Output | None
) -> None:
    if settings.window.spans > 1 and input_config and len(input_config.splits) > 1:
        raise ValueError("a window of spans needs a single input split")
    if settings.split_by and output_config and output_config.split_config.partition_feature_name:
        raise ValueError("split_by and output_config's partition_feature_name say the same; give one of them")
    if settings.schema:
        column_types.of_schema(settings.schema)


def range_of(span: Span | None) -> range_config_pb2.RangeConfig | None:
    """Returns what TFX takes for a span; None for the latest."""
    if span is None:
        return None
    number = span_pattern.number(span)
    static = range_config_pb2.StaticRange(start_span_number=number, end_span_number=number)
    return range_config_pb2.RangeConfig(static_range=static)
