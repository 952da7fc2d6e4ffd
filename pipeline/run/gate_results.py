"""What each gate said, told from the records of its execution: the same for a whole run and for a single node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from components import gate_report
from pipeline.run.metadata_store import Execution
from turnstile import outcomes
from turnstile.errors import DataRefusedError
from turnstile.gates import DATA_GATE, EXAMPLE_GEN, GATES, PASSED, REFUSED, UNDECIDED
from turnstile.visible import visible


@dataclass(frozen=True)
class GateResult:
    """What a gate said.

    Attributes:
        gate: the component's id.
        passed: whether it let the run go on.
        reasons: why not; of a gate that passed, what it could not decide, or let through with a warning.
        undecided: whether the rows could not tell; release.undecided says whether such a model has passed.
        notes: what it could not tell and did not have to, such as of small slices.
        distances: of DataGate, how far columns have moved.
    """

    gate: str
    passed: bool
    reasons: list[str]
    undecided: bool = False
    notes: list[str] = field(default_factory=list)
    distances: list[dict[str, Any]] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """PASSED, REFUSED or UNDECIDED."""
        return UNDECIDED if self.undecided else PASSED if self.passed else REFUSED

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, as --json has them."""
        return {
            "gate": self.gate,
            "passed": self.passed,
            "verdict": self.verdict,
            "reasons": self.reasons,
            "notes": self.notes,
        }

    @property
    def exit_code(self) -> int:
        """The exit code of the design: 0 passed, 10 a model gate said no, 11 a gate of the data did."""
        return 0 if self.passed else GATES[self.gate].exit_code

    def in_words(self) -> list[str]:
        """Returns a refusal as a headline and a line for each reason."""
        why = ', for the rows cannot tell and release.undecided is "refuse"' if self.undecided else ""
        headline = f"Refused by {self.gate}{why}; {GATES[self.gate].prevents}."
        return [headline, *(f"  - {reason}" for reason in self.reasons)]


def result_of(execution: Execution | None) -> GateResult | None:
    """Returns what a gate said; None for a component that is no gate, or that has not judged."""
    if execution is None or execution.id not in GATES:
        return None
    if execution.state == "failed" and execution.code == gate_report.REFUSED:
        reasons = execution.message.splitlines()[1:]  # below the headline
        return _result(execution.id, {"reasons": reasons, **execution.measured})
    blessing = execution.output(GATES[execution.id].blessing or "")
    return None if blessing is None else _result(execution.id, gate_report.read(blessing.uri))


def outcome_of(noes: Iterable[GateResult]) -> str | None:
    """Returns how gates that said no ended a run, in the words of turnstile/outcomes.py; None if none did."""
    said = list(noes)
    if any(no.exit_code == DataRefusedError.exit_code for no in said):
        return outcomes.DATA_STOPPED
    if all(no.undecided for no in said):
        return outcomes.UNDECIDED if said else None
    return outcomes.REFUSED


def refusal_of_data(executions: Mapping[str, Execution]) -> GateResult | None:
    """Returns what the first gate said that refused the data; None if none did."""
    results = (result_of(executions.get(gate.id)) for gate in (EXAMPLE_GEN, DATA_GATE))
    return next((result for result in results if result and not result.passed), None)


def _result(gate: str, report: Mapping[str, Any]) -> GateResult:
    return GateResult(
        gate,
        passed=not report["reasons"],
        reasons=[visible(reason) for reason in report["reasons"] or report.get("warnings", [])],
        undecided=report.get("verdict") == UNDECIDED,
        notes=[visible(note) for note in report.get("notes", [])],
        distances=report.get("distances", []),
    )
