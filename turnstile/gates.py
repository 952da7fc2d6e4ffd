"""The table of gates: which stages can say no, by which artifact they say yes, and what a no means."""

from __future__ import annotations

from dataclasses import dataclass

from turnstile.errors import MODEL_REFUSED, DataRefusedError


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A stage that can refuse.

    Attributes:
        id: the component's id.
        blessing: the type name of the artifact that holds its report; None for a stage that says nothing but no.
        exit_code: the exit code of a run that it refused.
        prevents: what a refusal prevents, in words.
    """

    id: str
    blessing: str | None
    exit_code: int
    prevents: str


def _of_data(id_: str, blessing: str | None) -> Gate:
    return Gate(id=id_, blessing=blessing, exit_code=DataRefusedError.exit_code, prevents="nothing was trained")


def _of_models(id_: str, blessing: str) -> Gate:
    return Gate(id=id_, blessing=blessing, exit_code=MODEL_REFUSED, prevents="nothing was pushed")


EXAMPLE_GEN = _of_data("ExampleGen", None)  # refuses files that are no tables
DATA_GATE = _of_data("DataGate", "turnstile.DataBlessing")
EVALUATOR = _of_models("Evaluator", "ModelBlessing")
SERVING_VALIDATOR = _of_models("ServingValidator", "InfraBlessing")

# By id, in the order in which results name them.
GATES = {gate.id: gate for gate in (EXAMPLE_GEN, DATA_GATE, EVALUATOR, SERVING_VALIDATOR)}

# A gate's verdicts. Only Evaluator leaves one undecided: where the rows cannot tell.
PASSED, REFUSED, UNDECIDED = "passed", "refused", "undecided"
