"""ServingValidator: lets a model through only if, as exported, it loads in a server and answers as it did when trained.

It gives an InfraBlessing as TFX's InfraValidator does, without Docker: see serving/model/proof.py. A blessed model is
copied into the blessing together with its warm-up requests, and that copy is what Pusher pushes.
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from tfx import types
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact_utils, component_spec, standard_artifacts
from tfx.utils import path_utils

from components import gate_report
from components.serving_validator.settings import ServingValidatorSettings
from components.trainer.serving_sample import SAMPLE, write_logs
from serving.model.proof import Limits
from serving.model.proof_process import check_apart
from serving.model.warmup import WARMUP, read, warmup_logs
from turnstile.folders import copy, on_this_machine
from turnstile.places import place

# TFX's conventions for an InfraBlessing (tfx.components.infra_validator.executor), by which Pusher goes.
_BLESSED, _HAS_MODEL = "blessed", "has_model"
_MARKERS = {True: "INFRA_BLESSED", False: "INFRA_NOT_BLESSED"}

logger = logging.getLogger("turnstile.serving_validator")


class ServingValidatorSpec(component_spec.ComponentSpec):
    """Inputs, outputs and parameters of ServingValidator. `settings` is JSON."""

    PARAMETERS: ClassVar = {"settings": component_spec.ExecutionParameter(type=str)}
    INPUTS: ClassVar = {"model": component_spec.ChannelParameter(type=standard_artifacts.Model)}
    OUTPUTS: ClassVar = {"blessing": component_spec.ChannelParameter(type=standard_artifacts.InfraBlessing)}


class Executor(base_executor.BaseExecutor):
    """Proves the model in a fresh process; blesses it, or says why not."""

    def Do(self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]) -> None:
        """Writes the blessing; arguments as in TFX's BaseExecutor.Do."""
        model = artifact_utils.get_single_instance(input_dict["model"])
        blessing = artifact_utils.get_single_instance(output_dict["blessing"])
        settings = ServingValidatorSettings.model_validate_json(exec_properties["settings"])
        limits = Limits(settings.policy.max_size_mb, settings.policy.max_latency_ms)
        saved_model, sample = place(path_utils.serving_model_path(model.uri)), place(model.uri) / SAMPLE
        with on_this_machine(saved_model) as model_here, on_this_machine(sample.parent) as samples:
            report = check_apart(model_here, samples / sample.name, limits)
            asked = [] if report["reasons"] else warmup_logs(read(samples / sample.name), settings.model_name)
        if not report["reasons"]:
            stamped = place(path_utils.stamped_model_path(blessing.uri))
            copy(saved_model, stamped)
            write_logs(stamped / WARMUP, asked)
            blessing.set_int_custom_property(_HAS_MODEL, 1)
        mark(blessing, report)
        logger.info("%s", "; ".join(report["reasons"]) or proven(report))


def mark(blessing: types.Artifact, report: dict[str, Any]) -> None:
    """Writes a verdict into its artifact.

    Args:
        blessing: the InfraBlessing.
        report: `reasons` to refuse the model, empty to bless it, and whatever was measured.
    """
    blessed, folder = not report["reasons"], place(blessing.uri)
    gate_report.write(folder, **report)
    (folder / _MARKERS[blessed]).touch()
    blessing.set_int_custom_property(_BLESSED, int(blessed))
    blessing.set_string_custom_property("reasons", "\n".join(report["reasons"]))


def proven(report: dict[str, Any]) -> str:
    """Says what was measured of a model that was blessed."""
    latency = max(report["latency_ms"].values())
    return (
        f"loads in {report['load_seconds']:.1f} s, answers {report['rows']} real rows as when it was trained, "
        f"{latency:.2g} ms a row, {report['size_mb']:.1f} MB"
    )


class ServingValidator(base_component.BaseComponent):
    """Says whether a server could load and serve a model.

    Args:
        model: Trainer's, with its sample of requests and answers in it.
        settings: the name under which it will be served, for the warm-up requests, and the limits.
    """

    SPEC_CLASS = ServingValidatorSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, model: types.BaseChannel, settings: ServingValidatorSettings):
        spec = ServingValidatorSpec(
            model=model,
            settings=settings.model_dump_json(),
            blessing=types.Channel(type=standard_artifacts.InfraBlessing),
        )
        super().__init__(spec=spec)
