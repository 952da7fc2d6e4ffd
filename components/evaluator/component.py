"""Evaluator: TFMA's evaluation, and a verdict that knows what the rows cannot tell.

The stock Evaluator compares bare numbers, of every slice, however few examples are in it. Ours is the same component,
but each metric comes with its interval, each bound gets one of three answers (components/evaluator/judgement.py), a
model that serves but cannot be compared with is a verdict and no crash, and what neither metrics nor slices are made of
is dropped early.
"""

from __future__ import annotations

import json
import logging
from typing import Any, ClassVar

from tensorflow_model_analysis.proto import config_pb2
from tfx import types
from tfx.components.evaluator import constants
from tfx.components.evaluator import executor as stock
from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.dsl.io import fileio
from tfx.types import artifact_utils, component_spec, standard_artifacts, standard_component_specs
from tfx.utils import io_utils

from components import gate_report
from components.evaluator.comparing import baseline_input
from components.evaluator.judgement import judged
from components.evaluator.metrics import results, slim_extracts, sums_metric
from components.evaluator.metrics.names import BASELINE, CANDIDATE
from components.evaluator.settings import EvaluatorSettings, ReleaseConfig
from turnstile.labels import PREDICTION, Label
from turnstile.metrics import COUNT
from turnstile.model_inputs import LABEL
from turnstile.places import place

_EXTRACTORS = f"{slim_extracts.__name__}.{slim_extracts.slim_extractors.__name__}"  # TFX takes the function's name

logger = logging.getLogger("turnstile.evaluator")


def eval_config(release: ReleaseConfig, label: Label) -> config_pb2.EvalConfig:
    """Builds TFMA's configuration: what to compute, by which slices, against which thresholds."""
    return config_pb2.EvalConfig(
        model_specs=[_model_spec(CANDIDATE, label), _model_spec(BASELINE, label)],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(config_pb2.SlicingSpec(feature_keys=columns) for columns in release.slice_columns),
        ],
        metrics_specs=[_metrics_spec(release, label)],
    )


def _model_spec(name: str, label: Label) -> config_pb2.ModelSpec:
    return config_pb2.ModelSpec(
        name=name,
        is_baseline=name == BASELINE,
        signature_name="serving_default",
        preprocessing_function_names=["transform_features"],  # the label is derived inside the graph
        label_key=LABEL,
        prediction_key=PREDICTION[label.task],
    )


def _metrics_spec(release: ReleaseConfig, label: Label) -> config_pb2.MetricsSpec:
    """All metrics as one; TFMA itself judges only the number of rows, which chance has no part in."""
    least = config_pb2.MetricThreshold()
    least.value_threshold.lower_bound.value = release.required[COUNT].min or 0
    # A bare `threshold` would apply to every slice; the empty SlicingSpec means the overall one.
    everywhere = config_pb2.PerSliceMetricThreshold(slicing_specs=[config_pb2.SlicingSpec()], threshold=least)
    metric = config_pb2.MetricConfig(
        class_name=sums_metric.FromSums.__name__,
        module=sums_metric.__name__,
        config=json.dumps({"task": label.task, "name": COUNT}),
        per_slice_thresholds=[everywhere],
    )
    return config_pb2.MetricsSpec(metrics=[metric])


class EvaluatorSpec(standard_component_specs.EvaluatorSpec):
    """The stock inputs, outputs and parameters, and EvaluatorSettings as JSON."""

    PARAMETERS: ClassVar = {
        **standard_component_specs.EvaluatorSpec.PARAMETERS,
        "settings": component_spec.ExecutionParameter(type=str),
    }


class GatedExecutor(stock.Executor):
    """The stock executor, with a verdict of our own."""

    def Do(self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]) -> None:
        """Evaluates, judges and writes the blessing; arguments as in TFX's BaseExecutor.Do."""
        settings = EvaluatorSettings.model_validate_json(exec_properties["settings"])
        prediction = PREDICTION[settings.label.task]
        inputs, why_not = baseline_input.compared(input_dict, prediction, self._get_tmp_dir())
        super().Do(inputs, output_dict, exec_properties | {"custom_extractors": _EXTRACTORS})
        evaluation = artifact_utils.get_single_uri(output_dict[standard_component_specs.EVALUATION_KEY])
        blessing = artifact_utils.get_single_instance(output_dict[standard_component_specs.BLESSING_KEY])
        blessed = blessing.get_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY) == constants.BLESSED_VALUE
        judgement = judged(results.slices(evaluation, settings.label.task), settings, why_not)
        if blessed != judgement.blessed:
            _mark(blessing, judgement.blessed)
        gate_report.write(blessing.uri, judgement.reasons, **judgement.rest())
        logger.info("%s", "; ".join([*judgement.reasons, *judgement.warnings, *judgement.notes]) or "good enough")


def _mark(blessing: Any, blessed: bool) -> None:
    """Writes another verdict than TFMA's into its artifact."""
    names = {True: constants.BLESSED_FILE_NAME, False: constants.NOT_BLESSED_FILE_NAME}
    values = {True: constants.BLESSED_VALUE, False: constants.NOT_BLESSED_VALUE}
    fileio.remove(str(place(blessing.uri) / names[not blessed]))
    io_utils.write_string_file(str(place(blessing.uri) / names[blessed]), "")
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, values[blessed])


class Evaluator(base_beam_component.BaseBeamComponent):
    """Says whether a model is good enough, and no worse than the one that serves.

    Args:
        examples: raw ones; those of the eval split are asked about.
        model: the candidate.
        baseline_model: Baseline's, the model that serves.
        settings: what a model must reach, and what it predicts.
    """

    SPEC_CLASS = EvaluatorSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(GatedExecutor)

    def __init__(
        self,
        examples: types.BaseChannel,
        model: types.BaseChannel,
        baseline_model: types.BaseChannel,
        settings: EvaluatorSettings,
    ):
        spec = EvaluatorSpec(
            examples=examples,
            model=model,
            baseline_model=baseline_model,
            # Not TFMA's own option for small slices: it empties them before it judges, and fails them for that.
            eval_config=eval_config(settings.release, settings.label),
            settings=settings.model_dump_json(),
            evaluation=types.Channel(type=standard_artifacts.ModelEvaluation),
            blessing=types.Channel(type=standard_artifacts.ModelBlessing),
        )
        super().__init__(spec=spec)
