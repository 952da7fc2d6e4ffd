"""What a gate said, told from the records: a yes, a no, and nothing of one that has not judged."""

from __future__ import annotations

import pytest

from components import gate_report
from pipeline.run.gate_results import GateResult, result_of
from pipeline.run.metadata_store import Artifact, Execution


def execution(folder, id_, kind, state="done", **report):
    gate_report.write(folder, **report)
    return Execution(id_, state, 1.0, outputs={kind: Artifact(str(folder), {})})


@pytest.mark.parametrize(
    ("id_", "kind", "code"),
    [
        ("DataGate", "turnstile.DataBlessing", 11),
        ("Evaluator", "ModelBlessing", 10),
        ("ServingValidator", "InfraBlessing", 10),
    ],
)
@pytest.mark.parametrize("state", ["done", "cached"])
def test_a_gate_that_has_judged(tmp_path, id_, kind, code, state):
    no = result_of(execution(tmp_path, id_, kind, state, reasons=["too low", "too slow"]))
    assert (no, no.exit_code) == (GateResult(id_, False, ["too low", "too slow"]), code)
    assert no.in_words()[1:] == ["  - too low", "  - too slow"]
    yes = result_of(execution(tmp_path, id_, kind, state, reasons=[], warnings=["odd"]))
    assert (yes, yes.exit_code) == (GateResult(id_, True, ["odd"]), 0)


@pytest.mark.parametrize("id_", ["DataGate", "ExampleGen"])
def test_a_refusal_of_data_carries_the_name_of_the_stage_that_refused(id_):
    refusal = gate_report.refusal(["\ufefffare is missing"]).execution_result
    gate = result_of(Execution(id_, "failed", 1.0, refusal.code, refusal.result_message))
    assert (gate, gate.exit_code) == (GateResult(id_, False, ["\\ufefffare is missing"]), 11)
    assert gate.in_words()[0] == f"Refused by {id_}; nothing was trained."


def test_an_attempt_that_succeeded_after_a_refusal_is_no_refusal():
    """TFX keeps the words of the attempt before."""
    refusal = gate_report.refusal(["\ufefffare is missing"]).execution_result
    assert result_of(Execution("ExampleGen", "done", 1.0, refusal.code, refusal.result_message)) is None


def test_what_is_no_gate_or_has_not_judged_says_nothing(tmp_path):
    assert result_of(None) is None
    assert result_of(Execution("Trainer", "done", 1.0, outputs={"Model": Artifact(str(tmp_path), {})})) is None
    assert result_of(Execution("Evaluator", "failed", 1.0, 2, "out of memory")) is None


def test_a_blessing_without_a_report_is_a_yes(tmp_path):
    blessing = {"ModelBlessing": Artifact(str(tmp_path), {})}
    assert result_of(Execution("Evaluator", "done", 1.0, outputs=blessing)) == GateResult("Evaluator", True, [])
