"""ExampleGen for CSV and Parquet files: the work of TFX's CsvExampleGen and Parquet executor, by columns."""

from __future__ import annotations

import json
import logging
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam
from google.protobuf import json_format, struct_pb2
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.example_gen import base_example_gen_executor, component, utils
from tfx.dsl.components.base import executor_spec
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2, range_config_pb2
from tfx.proto.orchestration import execution_result_pb2
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import proto_utils

from components import gate_report
from components.example_gen import column_types, input_check, input_record
from components.example_gen.column_rules import PLAIN, Rules
from components.example_gen.driver import Driver, paths
from components.example_gen.settings import LEFT_OUT
from components.example_gen.splitting import Splits
from components.example_gen.write_examples import Job, WriteExamples

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
        jobs = _jobs(exec_properties, examples)
        if _settings(exec_properties).strict:
            jobs, faults, without_label = _looked_at(jobs)
            if faults:
                return gate_report.refusal(faults)
            if without_label:
                logger.warning("left out %s rows without a label", f"{without_label:,}")
                artifact_utils.get_single_instance(examples).set_int_custom_property(LEFT_OUT, without_label)
        self._jobs, unfinished = jobs, _unfinished(examples)
        files = (path for job in jobs for path in job.paths)
        input_record.write(artifact_utils.get_single_uri(examples), files, fileio.open)
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


def _looked_at(jobs: list[Job]) -> tuple[list[Job], list[str], int]:
    """Returns the jobs with what their files hold, what is wrong with the files, and how many rows have no label.

    Files in an object store are not looked at: they would be read by one machine, where many could share them.
    """
    found, faults, without_label = [], [], 0
    for job in jobs:
        if "://" in job.paths[0]:
            found.append(job)
            continue
        look = input_check.look(job.paths, job.rules)
        without_label += look.without_label
        faults += look.faults or _split_faults(job.splits, look.names)
        for ignored in look.ignored:
            logger.warning("leaves out %s", ignored)
        found.append(job if job.kinds else replace(job, kinds=look.kinds))
    return found, faults, without_label


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
    settings = _settings(exec_properties)
    names = tuple(utils.generate_output_split_names(input_config, output_config))
    if output := output_config.split_config.splits:
        by = output_config.split_config.partition_feature_name
        divided = [Splits(names, tuple(split.hash_buckets for split in output), (by,) if by else settings.split_by)]
    else:
        divided = [Splits((name,)) for name in names]
    # TFX's base class gives the artifact its splits, but only after the files have been looked at.
    artifact_utils.get_single_instance(examples).split_names = artifact_utils.encode_split_names(list(names))
    base = exec_properties[standard_component_specs.INPUT_BASE_KEY]
    return [
        Job(
            paths=paths(base, split.pattern),
            splits=splits,
            folders=tuple(artifact_utils.get_split_uri(examples, name) for name in splits.names),
            unfinished=_unfinished(examples),
            kinds=column_types.of_schema(settings.schema) if settings.schema else None,
            rules=settings.rules,
        )
        for split, splits in zip(input_config.splits, divided, strict=True)
    ]


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
            strict: whether local files are looked at first, and refused in words if one of them is no table, if they
                have no rows, or if a column does not hold what `rules` say (input_check.py).
            rules: what columns are used for, and which text stands for a missing value.

        Raises:
            ValueError: both split_by and partition_feature_name are given, or the schema has a type that no example
                can hold.
        """
        if split_by and output_config and output_config.split_config.partition_feature_name:
            raise ValueError("split_by and output_config's partition_feature_name say the same; give one of them")
        if schema:
            column_types.of_schema(schema)
        super().__init__(
            input_base=input_base,
            input_config=input_config,
            output_config=output_config,
            range_config=range_config,
            custom_config=_packed(_Settings(tuple(split_by), schema, strict, rules)),
        )


@dataclass(frozen=True)
class _Settings:
    """What TFX's own parameters have no place for; see ColumnarExampleGen."""

    split_by: tuple[str, ...] = ()
    schema: schema_pb2.Schema | None = None
    strict: bool = False
    rules: Rules = PLAIN


def _packed(settings: _Settings) -> example_gen_pb2.CustomConfig | None:
    if settings == _Settings():
        return None
    packed, values = example_gen_pb2.CustomConfig(), struct_pb2.Struct()
    features = settings.schema.feature if settings.schema else []
    types = {f.name: schema_pb2.FeatureType.Name(f.type) for f in features} if settings.schema else None
    plain = {"split_by": list(settings.split_by), "types": types, "strict": settings.strict}
    values.update({"settings": json.dumps(plain | {"rules": settings.rules.as_json()})})
    packed.custom_config.Pack(values)
    return packed


def _settings(exec_properties: dict[str, Any]) -> _Settings:
    packed = exec_properties.get(standard_component_specs.CUSTOM_CONFIG_KEY)
    if not packed:
        return _Settings()
    values = json_format.MessageToDict(proto_utils.json_to_proto(packed, example_gen_pb2.CustomConfig()))
    values = json.loads(values["customConfig"]["value"]["settings"])
    types = values.get("types")
    features = [{"name": name, "type": type_} for name, type_ in types.items()] if types is not None else []
    schema = schema_pb2.Schema(feature=features) if types is not None else None
    return _Settings(tuple(values["split_by"]), schema, values["strict"], Rules.from_json(values["rules"]))
