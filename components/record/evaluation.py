"""What Evaluator measured: metrics of the model and of the one that serves, by slice, and what each bound said."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from components import gate_report
from components.baseline.component import FILE, VERSION
from components.evaluator.metrics import results
from components.evaluator.metrics.names import BASELINE, CANDIDATE, MEAN_LABEL
from components.evaluator.metrics.slices import slice_name
from components.record.facts import Places
from turnstile.metrics import COUNT, METRICS
from turnstile.places import Place


def of(places: Places, task: str) -> dict[str, Any]:
    """Returns the metrics with intervals, overall and by slice, the baseline's, and the answer to each bound.

    Args:
        places: where the artifacts are.
        task: of the label.
    """
    candidate, baseline = (_metrics(places.evaluation, model, task) for model in (CANDIDATE, BASELINE))
    judged = gate_report.rest(places.model_blessing) if places.model_blessing else {}
    identity = _identity(places.baseline_model)
    return {
        "metrics": candidate.get((), {}),
        "intervals": judged.get("intervals", {}),
        "baseline": baseline.get((), {}),
        "differences": judged.get("differences", {}),
        VERSION: identity and identity["version"],
        "baseline_identity": identity,
        "bounds": [_bound(answer) for answer in judged.get("bounds", [])],
        "slices": _slices(candidate, baseline, judged.get("slices", {})),
    }


def _metrics(evaluation: Place | None, model: str, task: str) -> dict[Any, dict[str, float | None]]:
    found = results.metrics(str(evaluation), model) if evaluation else {}
    return {key: _numbers(values, METRICS[task]) for key, values in found.items()}


def _numbers(values: dict[str, float], names: Iterable[str]) -> dict[str, float | None]:
    """The metrics by name; None for what has no value, as JSON knows no NaN."""
    numbers = {name: values[name] if math.isfinite(values[name]) else None for name in names if name in values}
    # Where all rows are of one class there is nothing to rank, and TFMA gives 0 for the AUC.
    return numbers | ({"auc": None} if "auc" in numbers and values.get(MEAN_LABEL) in (0, 1) else {})


def _slices(candidate: dict, baseline: dict, measured: dict[str, Any]) -> list[dict[str, Any]]:
    """Each slice, the largest first."""
    found = []
    for key in candidate:
        if not key:  # the overall slice
            continue
        name, metrics = slice_name(key), candidate[key]
        found.append(
            {
                "slice": name,
                "columns": [column for column, _ in key],
                "rows": int(metrics.get(COUNT) or 0),
                "metrics": metrics,
                "intervals": measured.get(name, {}).get("intervals", {}),
                "baseline": baseline.get(key, {}),
                "differences": measured.get(name, {}).get("differences", {}),
            }
        )
    return sorted(found, key=lambda each: (-each["rows"], each["slice"]))


def _bound(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer of components/evaluator/bounds.py, by the names of the record."""
    same = ("metric", "slice", "limit", "value", "low", "high", "verdict")
    renamed = {"kind": "bound", "rows": "examples", "more_rows": "more", "decides": "decides"}
    return {name: answer[name] for name in same} | {name: answer.get(old) for name, old in renamed.items()}


def _identity(baseline_model: Place | None) -> dict[str, Any] | None:
    """Which version the model was compared with, the run that made it, and its digest; None if none serves."""
    file = baseline_model / FILE if baseline_model else None
    found = json.loads(file.read_text()) if file and file.exists() else {}
    if found.get(VERSION) is None:
        return None
    return {"version": found[VERSION], "run_id": found.get("run_id"), "digest": found.get("digest")}
