"""Evaluator: TFMA's metrics and thresholds, and the verdict in words.

The stock Evaluator judges every slice by its threshold, however few examples are in it. Ours is the same
component with five things added: a failure in a slice smaller than `min_slice_size` does not count, fewer than
`min_examples` examples in all are a failure, so is a model that predicts one class only, a model that serves but cannot
be compared with is a verdict and no crash, and what neither metrics nor slices are made of is dropped early.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
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
from components.evaluator import baseline_input, one_class, results, slim_extracts
from components.evaluator.settings import EvaluatorSettings, ReleaseConfig
from components.evaluator.tfma_metrics import COMPUTATIONS, Computation
from turnstile.labels import PREDICTION, Label, MulticlassLabel
from turnstile.model_inputs import LABEL
from turnstile.thresholds import SliceThreshold, Threshold

_EXTRACTORS = f"{slim_extracts.__name__}.{slim_extracts.slim_extractors.__name__}"  # TFX takes the function's name

logger = logging.getLogger("turnstile.evaluator")


def eval_config(release: ReleaseConfig, label: Label) -> config_pb2.EvalConfig:
    """Builds TFMA's configuration: what to compute, by which slices, against which thresholds."""
    return config_pb2.EvalConfig(
        model_specs=[_model_spec(results.CANDIDATE, label), _model_spec(results.BASELINE, label)],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(config_pb2.SlicingSpec(feature_keys=columns) for columns in release.slice_columns),
        ],
        metrics_specs=_metrics_specs(release, label),
    )


def _model_spec(name: str, label: Label) -> config_pb2.ModelSpec:
    return config_pb2.ModelSpec(
        name=name,
        is_baseline=name == results.BASELINE,
        signature_name="serving_default",
        preprocessing_function_names=["transform_features"],  # the label is derived inside the graph
        label_key=LABEL,
        prediction_key=PREDICTION[label.task],
    )


def _metrics_specs(release: ReleaseConfig, label: Label) -> list[config_pb2.MetricsSpec]:
    computed = COMPUTATIONS[label.task].items()
    specs = [config_pb2.MetricsSpec(metrics=[_metric_config(n, c, release) for n, c in computed if not c.per_class])]
    if isinstance(label, MulticlassLabel):
        classes = range(len(label.classes))
        spec = config_pb2.MetricsSpec(
            metrics=[_metric_config(n, c, release) for n, c in computed if c.per_class],
            # Not `binarize`: it would hold every single class against the thresholds too.
            aggregate=config_pb2.AggregationOptions(macro_average=True, class_weights=dict.fromkeys(classes, 1.0)),
        )
        specs.append(spec)
    return specs


def _metric_config(name: str, computed: Computation, release: ReleaseConfig) -> config_pb2.MetricConfig:
    # A bare `threshold` would apply to every slice; the empty SlicingSpec means the overall one.
    thresholds = []
    if name in release.required:
        thresholds.append(_threshold(config_pb2.SlicingSpec(), release.required[name]))
    for threshold in release.per_slice:
        if threshold.metric == name:
            thresholds.append(_threshold(_slicing_spec(threshold), threshold))
    return config_pb2.MetricConfig(
        class_name=computed.class_name,
        module=computed.module,
        config=json.dumps({"name": name}),
        per_slice_thresholds=thresholds,
    )


def _slicing_spec(threshold: SliceThreshold) -> config_pb2.SlicingSpec:
    if threshold.value is None:
        return config_pb2.SlicingSpec(feature_keys=[threshold.slice])
    return config_pb2.SlicingSpec(feature_values={threshold.slice: str(threshold.value)})


def _threshold(where: config_pb2.SlicingSpec, threshold: Threshold) -> config_pb2.PerSliceMetricThreshold:
    found = config_pb2.MetricThreshold()
    if threshold.min is not None:
        found.value_threshold.lower_bound.value = threshold.min
    if threshold.max is not None:
        found.value_threshold.upper_bound.value = threshold.max
    if threshold.max_drop is not None:
        found.change_threshold.direction = config_pb2.MetricDirection.HIGHER_IS_BETTER
        found.change_threshold.absolute.value = -threshold.max_drop
    if threshold.max_rise is not None:
        found.change_threshold.direction = config_pb2.MetricDirection.LOWER_IS_BETTER
        found.change_threshold.absolute.value = threshold.max_rise
    return config_pb2.PerSliceMetricThreshold(slicing_specs=[where], threshold=found)


class EvaluatorSpec(standard_component_specs.EvaluatorSpec):
    """The stock inputs, outputs and parameters, and EvaluatorSettings as JSON."""

    PARAMETERS: ClassVar = {
        **standard_component_specs.EvaluatorSpec.PARAMETERS,
        "settings": component_spec.ExecutionParameter(type=str),
    }


class GatedExecutor(stock.Executor):
    """The stock executor, whose "no" is taken back when only slices below the minimum size failed."""

    def Do(self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]) -> None:
        """Evaluates, judges and writes the blessing; arguments as in TFX's BaseExecutor.Do."""
        settings = EvaluatorSettings.model_validate_json(exec_properties["settings"])
        prediction = PREDICTION[settings.label.task]
        inputs, why_not = baseline_input.compared(input_dict, prediction, self._get_tmp_dir())
        super().Do(inputs, output_dict, exec_properties | {"custom_extractors": _EXTRACTORS})
        evaluation = artifact_utils.get_single_uri(output_dict[standard_component_specs.EVALUATION_KEY])
        blessing = artifact_utils.get_single_instance(output_dict[standard_component_specs.BLESSING_KEY])
        blessed = blessing.get_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY) == constants.BLESSED_VALUE
        reasons = [] if blessed else results.failures(evaluation, settings.release.min_slice_size)
        warnings: list[str] = []
        overall = results.metrics(evaluation, results.CANDIDATE).get((), {})
        if fault := one_class.found(overall, settings.label):
            refuses = fault.sure and settings.release.one_class == "refuse"
            (reasons if refuses else warnings).insert(0, fault.sentence)
        if why_not and settings.release.incomparable == "refuse":
            reasons.insert(0, baseline_input.REFUSED.format(why_not))
        elif why_not:
            warnings.insert(0, baseline_input.FIRST.format(why_not))
        if blessed == bool(reasons):
            _mark(blessing, not reasons)
        gate_report.write(blessing.uri, reasons, **({"warnings": warnings} if warnings else {}))
        logger.info("%s", "; ".join([*reasons, *warnings]) or "good enough")


def _mark(blessing: Any, blessed: bool) -> None:
    """Writes another verdict than TFMA's into its artifact."""
    names = {True: constants.BLESSED_FILE_NAME, False: constants.NOT_BLESSED_FILE_NAME}
    values = {True: constants.BLESSED_VALUE, False: constants.NOT_BLESSED_VALUE}
    fileio.remove(str(Path(blessing.uri) / names[not blessed]))
    io_utils.write_string_file(str(Path(blessing.uri) / names[blessed]), "")
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
