"""DataGate: stops the run before anything is trained when the data is not as agreed.

TFX's ExampleValidator finds anomalies, but validates no environment and never fails a run. DataGate validates the
same statistics in the TRAINING environment, split by split, compares them with those of earlier data and of requests,
and answers with a refusal that TFX records as a failed execution: nothing downstream runs, under any orchestrator.
"""

from __future__ import annotations

from typing import Any, ClassVar

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.proto.orchestration import execution_result_pb2
from tfx.types import artifact, artifact_utils, channel, component_spec, standard_artifacts

from components import gate_report
from components.data_gate import agreed, explanations, movement
from components.data_gate.anomalies import findings, stops
from components.data_gate.driver import COMPARED, Driver
from components.data_gate.feature_check import misfits, partly_outside
from components.data_gate.label_check import label_faults
from components.data_gate.observed import observed
from components.data_gate.presence import with_empty_as_missing
from components.data_gate.settings import DataGateSettings
from components.distributions import read_split
from turnstile.gates import DATA_GATE
from turnstile.places import place

ENVIRONMENT = "TRAINING"


class DataBlessing(artifact.Artifact):
    """Says that a run's data passed; its report lists what was allowed or only a warning."""

    TYPE_NAME = DATA_GATE.blessing  # Kubeflow wants a dotted name for a type that is not TFX's


class DataGateSpec(component_spec.ComponentSpec):
    """Inputs, outputs and parameters of DataGate. `settings` is DataGateSettings as JSON."""

    PARAMETERS: ClassVar = {"settings": component_spec.ExecutionParameter(type=str)}
    INPUTS: ClassVar = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "statistics": component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
        "schema": component_spec.ChannelParameter(type=standard_artifacts.Schema),
    }
    OUTPUTS: ClassVar = {"blessing": component_spec.ChannelParameter(type=DataBlessing)}


class Executor(base_executor.BaseExecutor):
    """Judges each split; returns a failed result instead of raising, so that its words reach the metadata store."""

    def Do(
        self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]
    ) -> execution_result_pb2.ExecutorOutput | None:
        """Judges the statistics; arguments as in TFX's BaseExecutor.Do."""
        schema = agreed.schema(input_dict["schema"])
        statistics = artifact_utils.get_single_instance(input_dict["statistics"])
        settings = DataGateSettings.model_validate_json(exec_properties["settings"])
        names = artifact_utils.decode_split_names(statistics.split_names)
        folders = {name: place(artifact_utils.get_split_uris([statistics], name)[0]) for name in names}
        refusals, warnings = [], []
        for split, folder in folders.items():
            found = judge(read_split(folder), schema, split, settings)
            refusals += found[0]
            warnings += found[1]
        moved = movement.judged(exec_properties.get(COMPARED), folders, schema, settings)
        if refusals or moved.refusals:
            return gate_report.refusal([*explanations.told_once(refusals), *moved.refusals], distances=moved.distances)
        gate_report.write(
            artifact_utils.get_single_uri(output_dict["blessing"]),
            [],
            warnings=[*explanations.told_once(warnings), *moved.warnings],
            notes=moved.notes,
            distances=moved.distances,
        )
        return None


class DataGate(base_component.BaseComponent):
    """The gate between statistics and everything that learns from the data."""

    SPEC_CLASS = DataGateSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    DRIVER_CLASS = Driver

    def __init__(
        self,
        examples: channel.BaseChannel,
        statistics: channel.BaseChannel,
        schema: channel.BaseChannel,
        settings: DataGateSettings,
    ):
        """Makes the node.

        Args:
            examples: ExampleGen's output, which says which span it is.
            statistics: StatisticsGen's output, for every split.
            schema: the reviewed or the inferred schema.
            settings: what the data must be good for, and what stops the run.
        """
        spec = DataGateSpec(
            examples=examples,
            statistics=statistics,
            schema=schema,
            settings=settings.model_dump_json(),
            blessing=channel.Channel(type=DataBlessing),
        )
        super().__init__(spec=spec)


def judge(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    schema: schema_pb2.Schema,
    split: str,
    settings: DataGateSettings,
) -> tuple[list[str], list[str]]:
    """Compares one split's statistics with the schema, and with what the config makes of the columns.

    Args:
        statistics: what StatisticsGen computed for the split.
        schema: what was agreed.
        split: the split's name, for the messages.
        settings: the features and the label, and what stops the run. What the columns cannot be made of always does.

    Returns:
        The reasons to stop, and the findings that are not; a sentence or two each.
    """
    found, columns = statistics.datasets[0], settings.columns
    if not found.num_examples:
        return [
            f"split '{split}': it has no examples. Add rows, or make this split larger in [split] of the config"
        ], []
    seen = observed(found)
    labels = label_faults(seen, columns.label, split, found.num_examples)
    unread = {feature.name for feature in schema.feature if feature.lifecycle_stage == schema_pb2.DEPRECATED}
    unfit = misfits(seen, columns.features, split, explanations.AND_SCHEMA if settings.reviewed else "", unread)
    left_out = [_no_slices(column, split) for column in settings.sliced if column not in seen]
    refusals = [*labels.refusals, *unfit.values(), *left_out]
    warnings = [*labels.warnings, *partly_outside(seen, columns.features, split)]
    next_step = explanations.REVIEWED if settings.reviewed else explanations.INFERRED
    environment = ENVIRONMENT if ENVIRONMENT in schema.default_environment else None  # inferred: has none
    anomalies = tfdv.validate_statistics(with_empty_as_missing(statistics, schema), schema, environment=environment)
    for name, info in findings(anomalies, found):
        if name in unfit:  # told already, with what to write in the config
            continue
        sentence = explanations.describe(name, info, found, schema, split, next_step)
        (refusals if stops(name, info, settings.policy) else warnings).append(sentence)
    return refusals, warnings


def _no_slices(column: str, split: str) -> str:
    return (
        f"split '{split}': column '{column}', which [release] makes slices of, is not in the examples: it has no "
        "value, or values that no example can hold, such as dates, structs or very large integers. Write it as text or "
        "numbers in the data, or take it out of [release]"
    )
