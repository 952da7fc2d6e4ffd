"""What the record of a run is made from: where the artifacts of the run are, and what no artifact says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.evaluator.settings import ReleaseConfig
from turnstile.places import Place


@dataclass(frozen=True, kw_only=True)
class Places:
    """Folders of the artifacts of a run; None for one that the run did not get to, or that is gone.

    Attributes:
        examples: ExampleGen's.
        statistics: StatisticsGen's.
        anomalies: ExampleValidator's.
        data_blessing: DataGate's.
        model_run: Trainer's, with its history.
        model: the exported SavedModel itself.
        baseline_model: Baseline's.
        infra_blessing: ServingValidator's.
        evaluation: Evaluator's metrics.
        model_blessing: Evaluator's.
    """

    examples: Place | None = None
    statistics: Place | None = None
    anomalies: Place | None = None
    data_blessing: Place | None = None
    model_run: Place | None = None
    model: Place | None = None
    baseline_model: Place | None = None
    infra_blessing: Place | None = None
    evaluation: Place | None = None
    model_blessing: Place | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What no artifact says of a run.

    Attributes:
        pipeline: its name.
        run_id: the run's name.
        task: "binary", "multiclass" or "regression".
        release: the thresholds that the model was held against.
        config: the whole config as plain values; None if it is not known.
        data_path: where the examples came from.
        examples: the properties of the examples: their fingerprint, span and version.
        outcome: one of the words of turnstile/outcomes.py.
        refusals: the reasons of each gate that leaves no artifact when it says no, by its id.
        distances: how far columns have moved, if DataGate said no; if it said yes, its artifact tells.
        push: the version, its folder and its labels; None if nothing was pushed.
        digests: of each file of the version.
        seconds: how long the run took; None if it goes on.
        components: each component's id, state and seconds; None if the run goes on.
        error: what a run failed with.
    """

    pipeline: str
    run_id: str
    task: str
    release: ReleaseConfig
    config: Mapping[str, Any] | None = None
    data_path: str
    examples: Mapping[str, Any] = field(default_factory=dict)
    outcome: str
    refusals: Mapping[str, Sequence[str]] = field(default_factory=dict)
    distances: Sequence[Mapping[str, Any]] = ()
    push: Mapping[str, Any] | None = None
    digests: Mapping[str, str] | None = None
    seconds: float | None = None
    components: Sequence[Mapping[str, Any]] | None = None
    error: str | None = None
