"""What the gates said: their verdicts and reasons, DataGate's anomalies and distances, ServingValidator's proof."""

from __future__ import annotations

from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2

from components import gate_report
from components.record.data import splits
from components.record.facts import Facts, Places
from turnstile.gates import DATA_GATE, EVALUATOR, EXAMPLE_GEN, PASSED, REFUSED, SERVING_VALIDATOR
from turnstile.places import Place

_ELSEWHERE = ("intervals", "differences", "bounds", "slices", "distances")  # these are in other parts of the record
_ANOMALIES = "SchemaDiff.pb"  # the file in which TFX's ExampleValidator writes those of a split


def of(places: Places, facts: Facts) -> list[dict[str, Any]]:
    """Returns each gate's verdict, warnings, what was measured, and why if it said no; in the order they judge."""
    blessings = {
        EXAMPLE_GEN.id: None,
        DATA_GATE.id: places.data_blessing,
        EVALUATOR.id: places.model_blessing,
        SERVING_VALIDATOR.id: places.infra_blessing,
    }
    found = []
    for gate, blessing in blessings.items():
        if gate in facts.refusals:
            found.append(_said(gate, {"reasons": list(facts.refusals[gate])}))
        elif blessing:
            found.append(_said(gate, gate_report.read(blessing)))
    return found


def _said(gate: str, report: dict[str, Any]) -> dict[str, Any]:
    passed = not report["reasons"]
    said = {name: value for name, value in report.items() if name not in _ELSEWHERE and (name != "reasons" or value)}
    return {"gate": gate, "passed": passed, "verdict": PASSED if passed else REFUSED, **said}


def serving_proof(places: Places) -> dict[str, Any] | None:
    """Returns what ServingValidator measured; None if it did not judge, or if TensorFlow Serving itself was asked."""
    return (gate_report.rest(places.infra_blessing) if places.infra_blessing else None) or None


def data_gate(places: Places, facts: Facts, judged: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Returns DataGate's verdict, with the anomalies and distances of each column; None if the run stopped before."""
    said = next((gate for gate in judged if gate["gate"] == DATA_GATE.id), None)
    if said is None:
        return None
    by_split = _by_split(places.anomalies)
    passed = gate_report.read(places.data_blessing).get("distances", ()) if places.data_blessing else ()
    return {
        "verdict": said["verdict"],
        "reasons": said.get("reasons", []),
        "warnings": said.get("warnings", []),
        "anomalies": [each for split, found in by_split.items() for each in _anomalies(split, found)],
        "distances": [dict(each) for each in facts.distances or passed],
    }


def _by_split(folder: Place | None) -> dict[str, anomalies_pb2.Anomalies]:
    files = {split: path / _ANOMALIES for split, path in splits(folder).items()}
    return {split: anomalies_pb2.Anomalies.FromString(file.read_bytes()) for split, file in files.items()}


def _anomalies(split: str, found: anomalies_pb2.Anomalies) -> list[dict[str, Any]]:
    """What TFDV finds odd in a split, before the config says what of it stops a run."""
    named = [(info.path.step[0] if info.path.step else key, info) for key, info in sorted(found.anomaly_info.items())]
    if found.HasField("dataset_anomaly_info"):
        named.append((None, found.dataset_anomaly_info))
    return [
        {
            "split": split,
            "column": column,
            "types": [anomalies_pb2.AnomalyInfo.Type.Name(reason.type) for reason in info.reason],
            "description": info.description,
        }
        for column, info in named
    ]
