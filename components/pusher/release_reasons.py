"""Gathers what let a model through, for the record in the pushed version: metrics, thresholds, data, gates."""

from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.types import Artifact, artifact_utils

from components import gate_report
from components.baseline.component import VERSION, number
from components.evaluator import results
from components.evaluator.metric_names import BASELINE, CANDIDATE
from components.evaluator.settings import ReleaseConfig
from turnstile import span_pattern
from turnstile.gates import DATA_GATE, EVALUATOR, PASSED, REFUSED, SERVING_VALIDATOR
from turnstile.metrics import METRICS
from turnstile.stack_versions import versions

# What of the Pusher's inputs each gate has blessed, in the order in which the record names them.
_GATES = {"data_blessing": DATA_GATE, "model_blessing": EVALUATOR, "infra_blessing": SERVING_VALIDATOR}
_ELSEWHERE = ("intervals", "differences")  # these are beside the metrics
_STACK = ("turnstile", "python", "tfx", "tensorflow")


def reasons(inputs: dict[str, list[Artifact]], release: ReleaseConfig, task: str, data_path: str) -> dict[str, Any]:
    """Returns the record of a model that every gate has let through, or a person in spite of Evaluator.

    Args:
        inputs: the Pusher's, of which every one may be absent.
        release: the thresholds that the model was held against.
        task: "binary", "multiclass" or "regression".
        data_path: where the examples came from.
    """
    evaluation = _uri(inputs, "evaluation")
    judged = gate_report.rest(inputs["model_blessing"][0].uri) if inputs.get("model_blessing") else {}
    return {
        "metrics": _overall(evaluation, CANDIDATE, task) if evaluation else {},
        "baseline": _overall(evaluation, BASELINE, task) if evaluation else {},
        "intervals": judged.get("intervals", {}),
        "differences": judged.get("differences", {}),
        VERSION: number(inputs["baseline_model"][0]) if inputs.get("baseline_model") else None,
        "thresholds": release.model_dump(mode="json", exclude_defaults=True, exclude={"slices"}),
        "data": {"path": data_path, **_rows(inputs), **_input(inputs, data_path)},
        "gates": [_gate(inputs[key][0], gate.id) for key, gate in _GATES.items() if inputs.get(key)],
        "versions": {name: number for name, number in versions().items() if name in _STACK},
    }


def _uri(inputs: dict[str, list[Artifact]], key: str) -> str | None:
    return artifact_utils.get_single_uri(inputs[key]) if inputs.get(key) else None


def _overall(evaluation: str, model_name: str, task: str) -> dict[str, float | None]:
    found = results.metrics(evaluation, model_name).get((), {})
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


def _input(inputs: dict[str, list[Artifact]], data_path: str) -> dict[str, Any]:
    """What ExampleGen says of the input files: their number, size and content, the span, and its day if it is one."""
    if not inputs.get("examples"):
        return {}
    (artifact,) = inputs["examples"]
    fingerprint, number = artifact.get_string_custom_property("input_fingerprint"), artifact.get_int_custom_property
    span = span_pattern.of_number(data_path, number("span"))
    return {
        "fingerprint": fingerprint,
        "span": number("span"),
        **({"date": span.isoformat()} if isinstance(span, datetime.date) else {}),
        **({"version": number("version")} if artifact.has_custom_property("version") else {}),
    }


def _gate(blessing: Artifact, gate: str) -> dict[str, Any]:
    """What a gate has to say: its verdict, warnings, what was measured and, if a person overrode its no, why."""
    report = gate_report.read(blessing.uri)
    passed = not report["reasons"]
    said = {name: value for name, value in report.items() if name not in _ELSEWHERE and (name != "reasons" or value)}
    return {"gate": gate, "passed": passed, "verdict": PASSED if passed else REFUSED, **said}
