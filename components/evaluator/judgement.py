"""Evaluator's verdict on a model: passed, refused or undecided, with its evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from components.evaluator import bounds, in_words, one_class
from components.evaluator.bounds import Answer
from components.evaluator.comparing import baseline_input
from components.evaluator.metrics.estimates import Measured
from components.evaluator.metrics.slices import OVERALL, Slice, SliceKey, slice_name
from components.evaluator.settings import EvaluatorSettings
from turnstile.gates import PASSED, REFUSED, UNDECIDED
from turnstile.metrics import METRICS


@dataclass(frozen=True)
class Judgement:
    """A verdict, and what it rests on.

    Attributes:
        verdict: PASSED, REFUSED or UNDECIDED.
        blessed: whether the model may be pushed; an undecided one as release.undecided says.
        reasons: why it may not, as sentences; empty if it may.
        warnings: what the verdict leaves open, likewise.
        notes: what the rows cannot tell of single slices, which leaves no verdict open.
        answers: of each bound.
        measured: the intervals by slice: its metrics and differences.
        confidence: of all intervals.
    """

    verdict: str
    blessed: bool
    reasons: list[str]
    warnings: list[str]
    notes: list[str]
    answers: list[Answer]
    measured: dict[str, Any] = field(default_factory=dict)
    confidence: float = 0.95

    def rest(self) -> dict[str, Any]:
        """Returns what the gate's report has beside the reasons."""
        overall = self.measured.get(OVERALL, {"intervals": {}, "differences": {}})
        by_slice = {name: of_slice for name, of_slice in self.measured.items() if name != OVERALL}
        return {
            "verdict": self.verdict,
            "confidence": self.confidence,
            **({"warnings": self.warnings} if self.warnings else {}),
            **({"notes": self.notes} if self.notes else {}),
            **overall,
            "bounds": [_plain(asdict(each)) for each in self.answers],
            **({"slices": by_slice} if by_slice else {}),
        }


def judged(slices: Mapping[SliceKey, Slice], settings: EvaluatorSettings, not_compared: str) -> Judgement:
    """Judges a model.

    Args:
        slices: what was measured of each slice; () is the overall one.
        settings: what must be reached.
        not_compared: why the model that serves could not be compared with; "" if it was, or none serves.
    """
    release = settings.release
    answers = bounds.answers(release, slices)
    reasons = in_words.reasons(answers, release.confidence)
    reasons += [f"there is no example of the slice {name} to judge" for name in bounds.missing(release, slices)]
    open_questions = in_words.undecided(answers, release.confidence)
    warnings: list[str] = []
    overall = {name: m.value for name, m in slices[()].metrics.items()} if () in slices else {}
    if fault := one_class.found(overall, settings.label):
        refuses = fault.sure and release.one_class == "refuse"
        (reasons if refuses else warnings).insert(0, fault.sentence)
    if not_compared and release.incomparable == "refuse":
        reasons.insert(0, baseline_input.REFUSED.format(not_compared))
    elif not_compared:
        warnings.insert(0, baseline_input.FIRST.format(not_compared))
    verdict = REFUSED if reasons else UNDECIDED if open_questions else PASSED
    if verdict == UNDECIDED and release.undecided == "refuse":
        reasons, open_questions = open_questions, []
    measured = {slice_name(key): _measured(where, settings) for key, where in slices.items()}
    notes, warnings = in_words.small_slices(answers), [*open_questions, *warnings]
    return Judgement(verdict, not reasons, reasons, warnings, notes, answers, measured, release.confidence)


def _measured(where: Slice, settings: EvaluatorSettings) -> dict[str, Any]:
    names, confidence = METRICS[settings.label.task], settings.release.confidence
    return {
        "intervals": _intervals({n: where.metrics[n] for n in names if not names[n].exact}, confidence),
        "differences": _intervals(where.differences, confidence, values=True),
    }


def _intervals(measured: Mapping[str, Measured], confidence: float, values: bool = False) -> dict[str, Any]:
    """Each interval as JSON has it; what cannot be told is left out."""
    found = {}
    for name, each in measured.items():
        low, high = each.interval(confidence)
        if not math.isnan(low):
            found[name] = ({"value": each.value} if values else {}) | {"low": low, "high": high}
    return found


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no NaN."""
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in answer.items()}
