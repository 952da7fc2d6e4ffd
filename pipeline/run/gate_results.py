"""What each gate said, told from the records of its execution: the same for a whole run and for a single node."""

from __future__ import annotations

from dataclasses import dataclass

from components import gate_report
from pipeline.run.metadata_store import Execution
from turnstile.errors import MODEL_REFUSED, DataRefusedError

DATA_GATE, MODEL_GATE, SERVING_GATE = "DataGate", "Evaluator", "ServingValidator"
# The artifact of a gate that has judged.
_BLESSINGS = {DATA_GATE: "turnstile.DataBlessing", MODEL_GATE: "ModelBlessing", SERVING_GATE: "InfraBlessing"}


@dataclass(frozen=True)
class Gate:
    """A gate's verdict. `reasons` says why not; for a gate that passed, what it let through with a warning."""

    gate: str
    passed: bool
    reasons: list[str]

    @property
    def exit_code(self) -> int:
        """The exit code of the design: 0 passed, 10 a model gate said no, 11 the data gate did."""
        if self.passed:
            return 0
        return DataRefusedError.exit_code if self.gate == DATA_GATE else MODEL_REFUSED

    def in_words(self) -> list[str]:
        """Returns a refusal as a headline and a line for each reason."""
        what = "nothing was trained" if self.gate == DATA_GATE else "nothing was pushed"
        return [f"Refused by {self.gate}; {what}.", *(f"  - {reason}" for reason in self.reasons)]


def verdict_of(execution: Execution | None) -> Gate | None:
    """Returns what a gate said; None for a component that is no gate, or that has not judged."""
    if execution is None:
        return None
    if execution.state == "failed" and execution.code == gate_report.REFUSED:
        return Gate(DATA_GATE, False, execution.message.splitlines()[1:])  # below the headline
    blessing = execution.output(_BLESSINGS.get(execution.id, ""))
    if blessing is None:
        return None
    report = gate_report.read(blessing.uri)
    return Gate(execution.id, not report["reasons"], report["reasons"] or report.get("warnings", []))
