"""The top of the page: how the run ended, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.report.record import Record
from turnstile import outcomes
from turnstile.gates import DATA_GATE, EVALUATOR, GATES, PASSED, REFUSED, UNDECIDED

# The colour of the page's top, by how the run ended.
_TONES = {outcomes.PUSHED: "good", outcomes.UNDECIDED: "warn"}


@dataclass(frozen=True)
class Headline:
    """How the run ended, in a sentence; `tone` is "good", "warn" or "bad"."""

    text: str
    tone: str


def context(record: Record) -> dict[str, Any]:
    """Returns the headline, and what each gate said: the ones that said no first."""
    order = {REFUSED: 0, UNDECIDED: 1, PASSED: 2}
    return {
        "headline": headline(record),
        "gates": sorted(record.gates, key=lambda gate: order.get(gate.verdict, 2)),
        "labels": list(record.push.get("labels") or ()),
        "override": record.override,
        "approval": record.needs_approval,
        "proof": record.serving_proof,
        "latency": max((record.serving_proof.get("latency_ms") or {}).values(), default=None),
    }


def headline(record: Record) -> Headline:
    """Says how a run ended."""
    tone = _TONES.get(record.outcome, "bad")
    pushed = f"version {record.version}" if record.version else "a version"
    refused = [gate.name for gate in record.gates if gate.verdict == REFUSED]
    by = f" by {' and '.join(refused)}" if refused else ""
    if record.outcome == outcomes.PUSHED and any(gate.verdict == UNDECIDED for gate in record.gates):
        return Headline(f"Pushed as {pushed}, undecided: the eval rows are too few to tell if all bounds hold", "warn")
    if record.outcome == outcomes.PUSHED:
        return Headline(f"Every gate let it through: pushed as {pushed}", tone)
    if record.outcome == outcomes.UNDECIDED:
        return Headline("Undecided: the eval rows are too few to tell if all bounds hold; nothing was pushed", tone)
    if record.outcome == outcomes.FAILED:
        return Headline("The run failed", tone)
    if record.outcome == outcomes.DATA_STOPPED:
        return Headline(f"Refused{by}: {DATA_GATE.prevents}", tone)
    gate = next((GATES[name] for name in refused if name in GATES), EVALUATOR)
    return Headline(f"Refused{by}: {gate.prevents}", tone)
