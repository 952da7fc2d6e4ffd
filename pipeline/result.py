"""What came of a run, as one value: for the summary, for --json, and for the exit code."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from components import verdict
from components.data_gate import REFUSED
from components.metrics import METRICS
from pipeline.config import Config
from pipeline.errors import MODEL_REFUSED, DataRefusedError
from pipeline.metadata_store import Execution

DATA_GATE, MODEL_GATE, SERVING_GATE = "DataGate", "Evaluator", "ServingValidator"


@dataclass(frozen=True)
class Gate:
    """A gate's verdict. `reasons` says why not; for a gate that passed, what it let through with a warning."""

    gate: str
    passed: bool
    reasons: list[str]


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
        metrics: of the overall eval split; empty when no model was evaluated.
        baseline: the same of the model it was compared with; empty when there was none.
        blessed: whether the Evaluator and ServingValidator both let the model through.
        served: what ServingValidator measured (`rows`, `size_mb`, `load_seconds`, `latency_ms`); empty when it was
            TensorFlow Serving that was asked, or no model.
        model_dir: the pushed version's folder.
        error: the exception of a run that failed for another reason than a gate.
    """

    run_id: str
    pipeline: str
    log: str
    seconds: float
    blessed: bool = False
    pushed_version: str | None = None
    model_dir: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    baseline: dict[str, float] = field(default_factory=dict)
    served: dict[str, Any] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    error: str | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of the design: 0 pushed, 10 a model gate said no, 11 the data gate did, 1 anything else."""
        refused = [gate.gate for gate in self.gates if not gate.passed]
        if DATA_GATE in refused:
            return DataRefusedError.exit_code
        if self.error:
            return 1
        if refused:
            return MODEL_REFUSED
        return 0 if self.pushed_version else 1

    def as_dict(self) -> dict:
        """The result as plain values, ready for json.dumps; a metric that is not a number, as JSON has it, is None."""
        plain = asdict(self)
        for name in ("metrics", "baseline"):
            plain[name] = {k: v if math.isfinite(v) else None for k, v in plain[name].items()}
        return plain


def refused_input(config: Config, run_id: str, log: Path, seconds: float, reasons: list[str]) -> RunResult:
    """The result of a run whose input files could not be read: the data gate's first check."""
    gates = [Gate(DATA_GATE, False, reasons)]
    return RunResult(run_id, config.name, str(log), seconds, gates=gates)


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
    evaluation = _output(executions, MODEL_GATE, "ModelEvaluation")
    metrics, baseline = {}, {}
    if evaluation:
        metrics = _overall(evaluation, verdict.CANDIDATE, config)
        baseline = _overall(evaluation, verdict.BASELINE, config)
    good_enough = _property(executions, MODEL_GATE, "ModelBlessing", "blessed") == 1
    proof = _proof(executions)
    pushed = _property(executions, "Pusher", "PushedModel", "pushed") == 1
    gates = [
        *_data_gate(executions),
        *_model_gate(evaluation, good_enough, config.release.min_slice_size),
        *_serving_gate(proof),
    ]
    # The Evaluator fails on a model that cannot be loaded, which ServingValidator has refused before.
    refused = any(gate.gate in (DATA_GATE, SERVING_GATE) and not gate.passed for gate in gates)
    return RunResult(
        run_id=run_id,
        pipeline=config.name,
        log=str(log),
        seconds=seconds,
        blessed=good_enough and proof is not None and not proof["reasons"],
        pushed_version=_property(executions, "Pusher", "PushedModel", "pushed_version") if pushed else None,
        model_dir=_property(executions, "Pusher", "PushedModel", "pushed_destination") if pushed else None,
        metrics=metrics,
        baseline=baseline,
        served={name: value for name, value in (proof or {}).items() if name != "reasons"},
        gates=gates,
        components=[_component(id_, executions) for id_ in ids],
        error=f"{type(error).__name__}: {error}" if error and not refused else None,
    )


def _overall(evaluation: str, model_name: str, config: Config) -> dict[str, float]:
    found = verdict.metrics(evaluation, model_name).get((), {})
    return {name: found[name] for name in METRICS[config.label.task] if name in found}


def _component(id_: str, executions: Mapping[str, Execution]) -> Component:
    if id_ not in executions:
        return Component(id_, "skipped", 0.0)
    return Component(id_, executions[id_].state, executions[id_].seconds)


def _data_gate(executions: Mapping[str, Execution]) -> list[Gate]:
    execution = executions.get(DATA_GATE)
    if execution and execution.code == REFUSED:
        return [Gate(DATA_GATE, False, execution.message.splitlines()[1:])]
    blessing = _output(executions, DATA_GATE, "DataBlessing")
    if not blessing:
        return []
    report = json.loads((Path(blessing) / "report.json").read_text())
    return [Gate(DATA_GATE, True, report["warnings"])]


def _model_gate(evaluation: str | None, blessed: bool, min_slice_size: int) -> list[Gate]:
    if not evaluation:
        return []
    return [Gate(MODEL_GATE, blessed, [] if blessed else verdict.failures(evaluation, min_slice_size))]


def _proof(executions: Mapping[str, Execution]) -> dict[str, Any] | None:
    """ServingValidator's report; None if it did not run."""
    blessing = _output(executions, SERVING_GATE, "InfraBlessing")
    return json.loads((Path(blessing) / "report.json").read_text()) if blessing else None


def _serving_gate(proof: Mapping[str, Any] | None) -> list[Gate]:
    return [Gate(SERVING_GATE, not proof["reasons"], proof["reasons"])] if proof else []


def _output(executions: Mapping[str, Execution], id_: str, artifact_type: str) -> str | None:
    artifact = executions[id_].outputs.get(artifact_type) if id_ in executions else None
    succeeded = artifact and executions[id_].state in ("done", "cached")
    return artifact.uri if artifact and succeeded else None


def _property(executions: Mapping[str, Execution], id_: str, artifact_type: str, name: str) -> Any:
    artifact = executions[id_].outputs.get(artifact_type) if id_ in executions else None
    return artifact.properties.get(name) if artifact else None
