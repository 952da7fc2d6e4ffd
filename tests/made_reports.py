"""Records of runs as plain values, for tests of what is shown of them."""

from __future__ import annotations

from typing import Any

# What names can be, as the data has them: nothing of it may reach a page but as text.
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title><h1>",
    '\'; DROP TABLE "rows" & {{ 7 * 7 }} {% raw %}',
    "🚕 taxi 🧾",
    "long" * 2500,
    "שלום ‮txt.exe",
    "a\x00b\ufeffc",
]


def numbers(value: float, low: float, high: float, baseline: float | None = None) -> dict[str, Any]:
    """What is measured of some rows: accuracy and auc are the same."""
    names = ("auc", "accuracy")
    return {
        "metrics": {**dict.fromkeys(names, value), "example_count": 200.0},
        "intervals": {name: {"low": low, "high": high} for name in names},
        "baseline": dict.fromkeys(names, baseline) if baseline else {},
        "differences": {n: {"value": value - baseline, "low": -0.02, "high": 0.03} for n in names} if baseline else {},
    }


def made_slice(name: str, value: float, reach: float, rows: int = 100) -> dict[str, Any]:
    return {"slice": name, "rows": rows, **numbers(value, value - reach, value + reach)}


def bound(metric: str = "auc", kind: str = "min", limit: float = 0.8, where: str = "overall", verdict: str = "reached"):
    return {
        "metric": metric, "slice": where, "kind": kind, "limit": limit, "value": 0.9, "low": 0.88, "high": 0.92,
        "verdict": verdict, "rows": 200, "more_rows": None, "decides": True,
    }  # fmt: skip


def gate(name: str, verdict: str = "passed", **said: Any) -> dict[str, Any]:
    return {"gate": name, "passed": verdict != "refused", "verdict": verdict, **said}


def plain(**changes: Any) -> dict[str, Any]:
    """The record of a run that pushed version 7, but for `changes`."""
    usual = {
        "schema_version": 1,
        "time": "2026-11-28T20:00:00+00:00",
        "pipeline": "trips",
        "run_id": "20261128T200000.000000",
        "outcome": "pushed",
        "error": None,
        "push": {"version": 7, "model_dir": "/serving/trips/7", "labels": ["canary"]},
        **numbers(0.9, 0.88, 0.92, 0.89),
        "baseline_version": 6,
        "bounds": [bound(), bound(kind="max_drop", limit=0.01, verdict="undecided")],
        "slices": [made_slice("hour=1", 0.7, 0.05), made_slice("hour=2", 0.88, 0.1), made_slice("hour=3", 0.95, 0.01)],
        "thresholds": {},
        "gates": [gate("DataGate"), gate("Evaluator", confidence=0.95), gate("ServingValidator")],
        "data": {"path": "trips.csv", "rows": {"train": 800, "eval": 200}, "fingerprint": "abc", "span": 0},
        "data_gate": {"verdict": "passed", "reasons": [], "warnings": [], "anomalies": [], "distances": []},
        "training": {"epochs": [{"epoch": 1, "loss": 0.5, "val_loss": 0.4}], "best_epoch": 1, "seconds": 2.0},
        "simple_models": {"linear": {"auc": 0.85}},
        "serving_proof": {"rows": 64, "size_mb": 0.4, "load_seconds": 0.5, "latency_ms": {"raw": 0.9}},
        "versions": {"turnstile": "0.1.0"},
        "code": {"commit": "c0ffee" * 6, "dirty": False},
        "config": {
            "name": "trips",
            "label": {"kind": "binary", "column": "big"},
            "features": {"fare": {"kind": "numeric"}, "company": {"kind": "vocabulary"}},
            "data": {"path": "trips.csv", "span": None},
        },
        "components": [{"id": "ExampleGen", "state": "done", "seconds": 1.0}],
        "seconds": 60.0,
        "digests": None,
    }
    return usual | changes


def hostile() -> dict[str, Any]:
    """The same with every name that can be hostile being so."""
    features = {name: {"kind": "vocabulary"} for name in HOSTILE}
    return plain(
        error="\n".join(HOSTILE),
        slices=[made_slice(f"{name}={name}", 0.7, 0.05) for name in HOSTILE],
        bounds=[bound(), *(bound(where=f"{name}={name}", verdict="missed") for name in HOSTILE)],
        gates=[gate("Evaluator", "refused", reasons=HOSTILE, warnings=HOSTILE, notes=HOSTILE)],
        data={"path": HOSTILE[1], "rows": {"train": 1, "eval": 1}, "fingerprint": HOSTILE[0], "span": 0},
        data_gate={
            "anomalies": [{"split": "train", "column": n, "types": [n], "description": n} for n in HOSTILE],
            "distances": [
                {
                    "split": "eval",
                    "column": n,
                    "kind": "drift",
                    "measure": n,
                    "value": 0.5,
                    "limit": 0.1,
                    "against": n,
                    "chance": 0.01,
                    "verdict": "refused",
                }
                for n in HOSTILE
            ],
        },
        config={"name": "trips", "label": {"kind": "binary", "column": HOSTILE[4]}, "features": features},
        override={"who": HOSTILE[0], "why": HOSTILE[1]},
        versions=dict.fromkeys(HOSTILE, HOSTILE[0]),
        components=[{"id": name, "state": "done", "seconds": 1.0} for name in HOSTILE],
    )
