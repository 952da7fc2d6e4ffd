"""The record of a run on this machine, written at its end however it ends: runs/<run_id>/release.json."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfx.proto.orchestration import pipeline_pb2
from tfx.utils import path_utils

from components.card import writing as card
from components.record import builder
from components.record.facts import Facts, Places
from pipeline.config import Config
from pipeline.run import folder, metadata_store
from pipeline.run import ir as compiled
from pipeline.run.gate_results import outcome_of
from pipeline.run.metadata_store import Artifact, Execution
from pipeline.run.result import RunResult, collect
from serving.releases import digests, release_record, state
from turnstile.errors import MODEL_REFUSED, DataRefusedError
from turnstile.files import replace
from turnstile.gates import DATA_GATE, EVALUATOR, EXAMPLE_GEN, SERVING_VALIDATOR
from turnstile.outcomes import FAILED, PUSHED
from turnstile.places import place

logger = logging.getLogger("run")

# The component that makes each artifact, and TFX's name of the artifact's type, by the field of Places.
_MADE_BY = {
    "examples": (EXAMPLE_GEN.id, "Examples"),
    "statistics": ("StatisticsGen", "ExampleStatistics"),
    "anomalies": ("ExampleValidator", "ExampleAnomalies"),
    "data_blessing": (DATA_GATE.id, DATA_GATE.blessing or ""),
    "model_run": ("Trainer", "ModelRun"),
    "model": ("Trainer", "Model"),
    "baseline_model": ("Baseline", "Model"),
    "infra_blessing": (SERVING_VALIDATOR.id, SERVING_VALIDATOR.blessing or ""),
    "evaluation": (EVALUATOR.id, "ModelEvaluation"),
    "model_blessing": (EVALUATOR.id, EVALUATOR.blessing or ""),
}
_DATA_GATES = (EXAMPLE_GEN.id, DATA_GATE.id)  # these leave no artifact when they say no


def write(root: Path, config: Config, result: RunResult, executions: Mapping[str, Execution]) -> None:
    """Writes the record of a run that has ended, and the model card of a version that it pushed.

    A fault in that goes to the log, and costs nobody the run.

    Args:
        root: the folder of the pipeline's runs.
        config: the run's config.
        result: what came of the run.
        executions: what ML Metadata has of its components, by id.
    """
    try:
        record = builder.build(places(executions), _facts(config, result, executions))
        file = folder.record_file(root, result.run_id)
        replace(file, json.dumps(record, indent=2) + "\n")
        if record["push"]:
            card.write(file.parent, record)
    except Exception:
        logger.exception("the record of the run could not be written")


def write_of_nodes(ir: pipeline_pb2.Pipeline, run_id: str, log: Path, error: str | None) -> None:
    """Does the same for a run whose nodes were started one by one; a push to Vertex AI leaves no record.

    Args:
        ir: the compiled pipeline.
        run_id: the run's name.
        log: the log of the node that ended it.
        error: what that node failed with; None if it did not, or if a gate said no.
    """
    settings = compiled.pusher_settings(ir)
    if settings is None or settings.config is None:
        return
    config = Config.model_validate(settings.config).model_copy(update={"serving": settings.serving})
    executions = metadata_store.executions(compiled.database(ir), run_id)
    seconds = sum(execution.seconds for execution in executions.values())
    found = collect(config, run_id, log, seconds, list(compiled.nodes(ir)), executions, None)
    write(compiled.root(ir), config, dataclasses.replace(found, error=error), executions)


def places(executions: Mapping[str, Execution]) -> Places:
    """Returns where the artifacts of a run are, those left out that are gone."""
    found = {role: _artifact(executions, role) for role in _MADE_BY}
    folders = {role: place(artifact.uri) for role, artifact in found.items() if artifact}
    if "model" in folders:
        folders["model"] = place(path_utils.serving_model_path(str(folders["model"])))
    return Places(**{role: path for role, path in folders.items() if path.exists()})


def outcome(result: RunResult) -> str:
    """Returns how a run ended, in one of the words of turnstile/outcomes.py."""
    if result.exit_code in (MODEL_REFUSED, DataRefusedError.exit_code):
        return outcome_of(gate for gate in result.gates if not gate.passed) or FAILED
    return FAILED if result.exit_code else PUSHED


def _artifact(executions: Mapping[str, Execution], role: str) -> Artifact | None:
    component, type_name = _MADE_BY[role]
    return executions[component].output(type_name) if component in executions else None


def _facts(config: Config, result: RunResult, executions: Mapping[str, Execution]) -> Facts:
    examples = _artifact(executions, "examples")
    version = release_record.read(Path(result.model_dir)) if result.model_dir else {}
    noes = [gate for gate in result.gates if gate.gate in _DATA_GATES and not gate.passed]
    return Facts(
        pipeline=config.name,
        run_id=result.run_id,
        task=config.label.task,
        release=config.release,
        config=config.model_dump(mode="json"),
        data_path=config.data.path,
        examples=examples.properties if examples else {},
        outcome=outcome(result),
        refusals={gate.gate: gate.reasons for gate in noes},
        distances=[each for gate in noes for each in gate.distances],
        push=_push(config, result),
        digests=version.get(digests.KEY),
        seconds=result.seconds,
        components=[dataclasses.asdict(component) for component in result.components],
        error=result.error,
    )


def _push(config: Config, result: RunResult) -> dict[str, Any] | None:
    if not result.pushed_version:
        return None
    number = int(result.pushed_version)
    labels = state.read(state.release_folder(config.serving, config.name)).labels_of(number)
    return {"version": number, "model_dir": result.model_dir, "labels": list(labels)}
