"""Gathers what let a model through, for the record in the pushed version: metrics, thresholds, data, gates."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.types import Artifact, artifact_utils

from components import verdict
from components.metrics import METRICS
from pipeline.config_release import ReleaseConfig
from pipeline.versions import versions

# Where each gate's verdict is among the Pusher's inputs, in the order in which they judge.
_GATES = {"data_blessing": "DataGate", "model_blessing": "Evaluator", "infra_blessing": "ServingValidator"}
_REPORT = "report.json"
_STACK = ("turnstile", "python", "tfx", "tensorflow")


def reasons(inputs: dict[str, list[Artifact]], release: ReleaseConfig, task: str, data_path: str) -> dict[str, Any]:
    """Returns the record of a model that every gate has let through.

    Args:
        inputs: the Pusher's, of which every one may be absent.
        release: the thresholds that the model was held against.
        task: "binary", "multiclass" or "regression".
        data_path: where the examples came from.
    """
    evaluation = _uri(inputs, "evaluation")
    return {
        "metrics": _overall(evaluation, verdict.CANDIDATE, task) if evaluation else {},
        "baseline": _overall(evaluation, verdict.BASELINE, task) if evaluation else {},
        "thresholds": release.model_dump(mode="json", exclude_defaults=True, exclude={"slices"}),
        "data": {"path": data_path, **_rows(inputs), **_fingerprint(inputs)},
        "gates": [_gate(inputs[key][0], gate) for key, gate in _GATES.items() if inputs.get(key)],
        "versions": {name: number for name, number in versions().items() if name in _STACK},
    }


def _uri(inputs: dict[str, list[Artifact]], key: str) -> str | None:
    return artifact_utils.get_single_uri(inputs[key]) if inputs.get(key) else None


def _overall(evaluation: str, model_name: str, task: str) -> dict[str, float | None]:
    found = verdict.metrics(evaluation, model_name).get((), {})
    # JSON knows no NaN.
    return {n: found[n] if math.isfinite(found[n]) else None for n in METRICS[task] if n in found}


def _rows(inputs: dict[str, list[Artifact]]) -> dict[str, Any]:
    """The number of examples in each split."""
    if not inputs.get("statistics"):
        return {}
    (artifact,) = inputs["statistics"]
    counts = {}
    for split in artifact_utils.decode_split_names(artifact.split_names):
        file = Path(artifact_utils.get_split_uris([artifact], split)[0]) / "FeatureStats.pb"
        statistics = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
        counts[split] = statistics.datasets[0].num_examples
    return {"rows": counts}


def _fingerprint(inputs: dict[str, list[Artifact]]) -> dict[str, Any]:
    """ExampleGen's fingerprint of the input files: their number, size and content."""
    if not inputs.get("examples"):
        return {}
    (artifact,) = inputs["examples"]
    return {"fingerprint": artifact.get_string_custom_property("input_fingerprint"), "span": artifact.span}


def _gate(blessing: Artifact, gate: str) -> dict[str, Any]:
    """What a gate that passed has to say: warnings, and what was measured."""
    file = Path(blessing.uri) / _REPORT
    said = json.loads(file.read_text()) if file.exists() else {}
    return {"gate": gate, "passed": True, **{k: v for k, v in said.items() if k not in ("passed", "reasons")}}
