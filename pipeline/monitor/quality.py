"""How good a version's answers were, by outcomes that came later, beside how good they were at its release."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from components.evaluator import bounds
from components.evaluator.bounds import MISSED, UNDECIDED, Answer, apart
from components.evaluator.metrics import jackknife
from components.evaluator.metrics.estimates import Estimate, Measured
from components.evaluator.metrics.groups import group_of
from components.evaluator.metrics.slices import Slice
from components.evaluator.metrics.sums_metric import SUMS
from components.evaluator.settings import ReleaseConfig
from pipeline.monitor.released import Released
from serving.ab.arm_metrics import number, truth
from serving.ab.arms import key_text
from serving.rows import reading
from serving.rows.request_log import Logged
from turnstile.errors import UsageError
from turnstile.labels import ANSWER, PREDICTION, Label, MulticlassLabel
from turnstile.metrics import COUNT, METRICS

WORSE, AS_GOOD, UNDECIDED_YET, TOO_FEW = "worse", "as good", "undecided", "too few"
# Bounds that are about other things than all rows of one model.
_OTHER_BOUNDS = {"per_slice": (), "gap": (), "max_new_errors": None, "max_flips": None}


@dataclass(frozen=True)
class Asked:
    """What came true: a .csv, .jsonl or .parquet file, its column with the key, and that with the outcome."""

    path: str
    key: str
    outcome: str


class Outcomes:
    """Joins answers with what came true of them; a key counts once, with its first answer and its last outcome.

    The outcomes are held in memory, and of answers only sums.

    Args:
        asked: the outcomes.
        label: of the model.

    Raises:
        UsageError: the file cannot be read, or has no such column.
    """

    def __init__(self, asked: Asked, label: Label):
        self.asked, self._label = asked, label
        self._waiting = _outcomes(asked)
        self.outcomes, self.unusable = len(self._waiting), 0
        self.keys: list[str] = []  # some of the log
        self.sums = SUMS[label.task]()
        self.joined = 0

    def add(self, rows: Sequence[Logged]) -> None:
        """Adds rows of the log."""
        for row in rows:
            key = key_text(row.inputs.get(self.asked.key) if row.key is None else row.key)
            if key is None:
                continue
            if len(self.keys) < _SHOWN:
                self.keys.append(key)
            outcome = self._waiting.pop(key, None)
            if outcome is not None:
                self._join(key, outcome, row.outputs)

    def _join(self, key: str, outcome: Any, outputs: Mapping[str, Any]) -> None:
        numbers = _row(self._label, outcome, outputs)
        if numbers is None:
            self.unusable += 1
            return
        self.sums.add((group_of(key.encode()), *numbers))
        self.joined += 1


_SHOWN = 3  # keys in a message


def _outcomes(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with reading.open_rows(asked.path) as rows:
        for row in rows:
            if not found and (missing := [name for name in (asked.key, asked.outcome) if name not in row]):
                there = ", ".join(map(str, row))
                raise UsageError(f"{asked.path}: no column '{missing[0]}'; there are: {there}")
            key, value = key_text(row.get(asked.key)), row.get(asked.outcome)
            if key is not None and key_text(value) is not None:
                found[key] = value
    return found


def _row(label: Label, outcome: Any, outputs: Mapping[str, Any]) -> tuple[float, ...] | None:
    """What the sums call a row, without its group; None if the outcome or the answer is not what the label has."""
    said = outputs.get(PREDICTION[label.task])
    if isinstance(label, MulticlassLabel):
        return _of_classes(label, outcome, said)
    predicted = number(said)
    if label.task == "regression":
        true = number(outcome)
        return None if true is None or predicted is None else (true, predicted)
    true, decided = truth(outcome), number(outputs.get(ANSWER))
    if true is None or predicted is None or decided is None or not 0 <= predicted <= 1:
        return None
    return true, predicted, decided, math.nan  # of a model to compare with, there is none


def _of_classes(label: MulticlassLabel, outcome: Any, said: Any) -> tuple[float, ...] | None:
    names = [key_text(each) for each in label.classes]
    shares = [number(each) for each in said] if isinstance(said, list) else []
    if key_text(outcome) not in names or len(shares) != len(names):
        return None
    if any(each is None or not 0 <= each <= 1 for each in shares):
        return None
    return (float(names.index(key_text(outcome))), math.nan, *(each or 0.0 for each in shares))


@dataclass(frozen=True)
class Quality:
    """What came of the outcomes.

    Attributes:
        verdict: WORSE, AS_GOOD, UNDECIDED_YET or TOO_FEW.
        outcomes: how many keys of the log have one.
        least: how many it takes at least.
        metrics: of each, the value and its interval now and at the release.
        answers: what is said of each bound.
        confidence: of the intervals.
        without_answer: how many outcomes have no answer in the log.
        unusable: how many outcomes, or their answers, are not of the label's kind.
    """

    verdict: str
    outcomes: int
    least: int
    metrics: Mapping[str, Mapping[str, float | None]]
    answers: Sequence[Answer]
    confidence: float
    without_answer: int
    unusable: int

    def as_dict(self) -> dict[str, Any]:
        """Returns what `--json` prints."""
        return asdict(self)


def judged(outcomes: Outcomes, released: Released) -> Quality:
    """Judges a version by its bounds, as the release gate does: by the side that the whole interval is on.

    Raises:
        UsageError: no key of the log has a usable outcome.
    """
    if not outcomes.joined:
        raise UsageError(_no_match(outcomes))
    task, release = released.columns.label.task, released.release.model_copy(update=_OTHER_BOUNDS)
    measured, _ = jackknife.of_models(task, list(outcomes.sums.METRICS), outcomes.sums.measured(), None)
    now = {name: measured[name] for name in METRICS[task] if not METRICS[task][name].exact}
    then = _at_release(released, list(now))
    differences = {name: apart(now[name], then[name]) for name in then}
    count = {COUNT: measured[COUNT]}
    answers = _answers(release, Slice(outcomes.joined, now | count, differences))
    return Quality(
        verdict=TOO_FEW if outcomes.joined < release.min_examples else _verdict(answers),
        outcomes=outcomes.joined,
        least=release.min_examples,
        metrics=_beside(now, released, release.confidence),
        answers=answers,
        confidence=release.confidence,
        without_answer=outcomes.outcomes - outcomes.joined - outcomes.unusable,
        unusable=outcomes.unusable,
    )


def _answers(release: ReleaseConfig, measured: Slice) -> list[Answer]:
    """What is said of each bound but that on the number of rows, which is about the eval split."""
    found = bounds.answers(release, {(): measured})
    return [each for each in found if each.metric != COUNT and not math.isnan(each.value)]


def _verdict(answers: Sequence[Answer]) -> str:
    verdicts = {each.verdict for each in answers}
    return WORSE if MISSED in verdicts else UNDECIDED_YET if UNDECIDED in verdicts else AS_GOOD


def _at_release(released: Released, names: Sequence[str]) -> dict[str, Measured]:
    """What was measured when the version was released; the standard error is told from the interval."""
    values, intervals = (released.record.get(key) or {} for key in ("metrics", "intervals"))
    z = NormalDist().inv_cdf((1 + released.release.confidence) / 2)
    found: dict[str, Measured] = {}
    for name in names:
        if values.get(name) is not None and name in intervals:
            found[name] = Estimate(values[name], (intervals[name]["high"] - intervals[name]["low"]) / (2 * z))
    return found


def _beside(now: Mapping[str, Measured], released: Released, confidence: float) -> dict[str, dict[str, float | None]]:
    values, intervals = (released.record.get(key) or {} for key in ("metrics", "intervals"))
    found = {}
    for name, each in now.items():
        low, high = each.interval(confidence)
        then = intervals.get(name) or {}
        found[name] = {
            "value": _plain(each.value),
            "low": _plain(low),
            "high": _plain(high),
            "released": values.get(name),
            "released_low": then.get("low"),
            "released_high": then.get("high"),
        }
    return found


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value


def _no_match(outcomes: Outcomes) -> str:
    asked = outcomes.asked
    if outcomes.unusable:
        return (
            f"{asked.path}: none of {outcomes.unusable:,} values of '{asked.outcome}' can be held against an answer: "
            "expected 0 or 1, a class or a number, as the label of the config has it, and a log with answers"
        )
    if not outcomes.keys:
        return (
            "no row of the log has a key. A row needs a `key`, as turnstile split --key writes it, or an input "
            f"'{asked.key}' (--key)"
        )
    keys = ", ".join(outcomes.keys)
    return (
        f"{asked.path}: no '{asked.outcome}' for any key of the log. Its keys are like {keys}: are they in the column "
        f"'{asked.key}' (--key)?"
    )
