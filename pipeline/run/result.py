"""What came of a run, as one value: for the summary, for --json, and for the exit code."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tfx.utils import path_utils

from components import gate_report
from components.evaluator.metrics import results
from components.evaluator.metrics.names import BASELINE, CANDIDATE
from components.example_gen.settings import LEFT_OUT
from components.trainer import history, simple_models
from pipeline import engine_faults
from pipeline.config import Config
from pipeline.run.gate_results import GateResult, result_of
from pipeline.run.metadata_store import Artifact, Execution
from serving.releases import holds, state
from turnstile.errors import DataRefusedError
from turnstile.gates import EVALUATOR, EXAMPLE_GEN, GATES, SERVING_VALIDATOR
from turnstile.metrics import METRICS


@dataclass(frozen=True)
class Component:
    """A component's part in the run; state is "done", "cached", "failed" or "skipped"."""

    id: str
    state: str
    seconds: float


@dataclass(frozen=True)
class RunResult:
    """What `turnstile run --json` prints.

    Attributes:
        metrics: the metrics on the whole eval split; empty when no model was evaluated.
        baseline: the metrics of the model it was compared with; empty when there was none.
        blessed: whether the Evaluator and ServingValidator both let the model through.
        intervals: of each metric, {"low", "high"}: between these it is on all possible rows, with release.confidence;
            metrics for which the rows are too few are left out.
        differences: of each metric, {"value", "low", "high"}: its difference from the baseline's on the same rows.
        simple_models: the metrics of boosting and of a linear model on the same rows, by model; empty when there were
            none.
        served: what ServingValidator measured (`rows`, `size_mb`, `load_seconds`, `latency_ms`); empty when it was
            TensorFlow Serving that was asked, or no model.
        model_dir: the pushed version's folder.
        waits_for_approval: whether a person has yet to approve or reject the pushed version.
        learned_from: how many `rows` the model was fitted to, and `of` how many they were drawn; empty when none was.
        rows_without_label: how many rows of the data were left out by data.drop_missing_labels.
        report: the page about the run; None if it could not be written.
        error: the exception of a run that failed for another reason than a gate.
    """

    run_id: str
    pipeline: str
    log: str
    seconds: float
    blessed: bool = False
    pushed_version: str | None = None
    model_dir: str | None = None
    waits_for_approval: bool = False
    metrics: dict[str, float] = field(default_factory=dict)
    baseline: dict[str, float] = field(default_factory=dict)
    intervals: dict[str, dict[str, float]] = field(default_factory=dict)
    differences: dict[str, dict[str, float]] = field(default_factory=dict)
    simple_models: dict[str, dict[str, float]] = field(default_factory=dict)
    served: dict[str, Any] = field(default_factory=dict)
    gates: list[GateResult] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    learned_from: dict[str, int] = field(default_factory=dict)
    rows_without_label: int = 0
    report: str | None = None
    error: str | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of the design: 0 pushed, 10 a model gate said no, 11 the data gate did, 1 anything else."""
        refused = max((gate.exit_code for gate in self.gates), default=0)
        if self.error and refused != DataRefusedError.exit_code:
            return 1
        return refused or (0 if self.pushed_version else 1)

    def as_dict(self) -> dict:
        """The result as plain values, ready for json.dumps; a metric that is not a number, as JSON has it, is None."""
        plain = asdict(self) | {"gates": [gate.as_dict() for gate in self.gates]}
        for name in ("metrics", "baseline"):
            plain[name] = {k: v if math.isfinite(v) else None for k, v in plain[name].items()}
        return plain


def collect(
    config: Config,
    run_id: str,
    log: Path,
    seconds: float,
    ids: Sequence[str],
    executions: Mapping[str, Execution],
    error: Exception | None,
) -> RunResult:
    """Puts a run's records together.

    Args:
        config: the run's config.
        run_id: its name in the metadata store.
        log: its log file.
        seconds: its wall time.
        ids: every component of the pipeline, in order.
        executions: the components that started, by id.
        error: what the runner raised, if it did; of a run that a gate stopped, the gate's reasons count instead.
    """
    push = _output(executions, "Pusher", "PushedModel")
    pushed = push.properties if push and push.properties.get("pushed") == 1 else {}
    judged = (result_of(executions.get(id_)) for id_ in GATES)
    gates = [gate for gate in judged if gate]
    passed = {gate.gate for gate in gates if gate.passed}
    # The Evaluator fails on a model that cannot be loaded, which ServingValidator has refused before.
    refused = any(gate.gate != EVALUATOR.id and not gate.passed for gate in gates)
    return RunResult(
        run_id=run_id,
        pipeline=config.name,
        log=str(log),
        seconds=seconds,
        blessed=passed >= {EVALUATOR.id, SERVING_VALIDATOR.id},
        pushed_version=pushed.get("pushed_version"),
        model_dir=pushed.get("pushed_destination"),
        waits_for_approval=bool(pushed) and _waits(config, int(pushed["pushed_version"])),
        gates=gates,
        components=[_component(id_, executions) for id_ in ids],
        error=engine_faults.in_words(error) if error and not refused else None,
        **_measured(config, executions),
    )


def _waits(config: Config, version: int) -> bool:
    where = state.release_folder(config.serving, config.name)
    return holds.waits(where, state.read(where), version)


def _measured(config: Config, executions: Mapping[str, Execution]) -> dict[str, Any]:
    """Returns what the components measured, as far as they came, by the attributes of RunResult."""
    evaluation = _output(executions, EVALUATOR.id, "ModelEvaluation")
    model, model_run = (_output(executions, "Trainer", type_) for type_ in ("Model", "ModelRun"))
    proof = _output(executions, SERVING_VALIDATOR.id, "InfraBlessing")
    examples = _output(executions, EXAMPLE_GEN.id, "Examples")
    judged = _output(executions, EVALUATOR.id, EVALUATOR.blessing or "")
    report = gate_report.read(judged.uri) if judged else {}
    return {
        "metrics": _overall(evaluation.uri, CANDIDATE, config) if evaluation else {},
        "baseline": _overall(evaluation.uri, BASELINE, config) if evaluation else {},
        "intervals": report.get("intervals", {}),
        "differences": report.get("differences", {}),
        "simple_models": simple_models.read(path_utils.serving_model_path(model.uri)) if model else {},
        "served": gate_report.rest(proof.uri) if proof else {},
        "learned_from": (history.read(model_run.uri) or {}).get(history.LEARNED_FROM, {}) if model_run else {},
        "rows_without_label": examples.properties.get(LEFT_OUT, 0) if examples else 0,
    }


def _overall(evaluation: str, model_name: str, config: Config) -> dict[str, float]:
    found = results.metrics(evaluation, model_name).get((), {})
    return {name: found[name] for name in METRICS[config.label.task] if name in found}


def _component(id_: str, executions: Mapping[str, Execution]) -> Component:
    if id_ not in executions:
        return Component(id_, "skipped", 0.0)
    return Component(id_, executions[id_].state, executions[id_].seconds)


def _output(executions: Mapping[str, Execution], id_: str, artifact_type: str) -> Artifact | None:
    return executions[id_].output(artifact_type) if id_ in executions else None
