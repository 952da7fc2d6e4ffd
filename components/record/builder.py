"""Puts the record of a run together from its sections. Every release.json is made here."""

from __future__ import annotations

import datetime
from typing import Any

from components.record import code, data, evaluation, gates, training
from components.record.facts import Facts, Places
from components.trainer import simple_models
from turnstile.stack_versions import versions

SCHEMA_VERSION = 1
_STACK = ("turnstile", "python", "tfx", "tensorflow")


def build(places: Places, facts: Facts) -> dict[str, Any]:
    """Returns the record as plain values, ready for json.dumps. docs/release-record.md tells what each key means.

    Args:
        places: where the artifacts of the run are; what is not there is left out, or null.
        facts: what no artifact says.
    """
    judged = gates.of(places, facts)
    return {
        "schema_version": SCHEMA_VERSION,
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "pipeline": facts.pipeline,
        "run_id": facts.run_id,
        "outcome": facts.outcome,
        "error": facts.error,
        "push": facts.push,
        **evaluation.of(places, facts.task),
        "thresholds": facts.release.model_dump(mode="json", exclude_defaults=True, exclude={"slices"}),
        "gates": judged,
        "data": data.of(places, facts),
        "data_gate": gates.data_gate(places, facts, judged),
        "training": training.of(places),
        "simple_models": simple_models.read(places.model) if places.model else {},
        "serving_proof": gates.serving_proof(places),
        "versions": {name: number for name, number in versions().items() if name in _STACK},
        "code": code.here(),
        "config": facts.config,
        "components": facts.components,
        "seconds": facts.seconds,
        "digests": facts.digests,
    }
