"""What came of one span of a replay, told from the record of its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.report.measured import Bound
from pipeline.report.record import Record
from turnstile import outcomes
from turnstile.gates import DATA_GATE, EVALUATOR, EXAMPLE_GEN, PASSED, REFUSED, UNDECIDED
from turnstile.metrics import COUNT
from turnstile.span_pattern import Span

STOPPED, FAILED = "stopped", "failed"
_VERDICTS = {
    outcomes.PUSHED: PASSED,
    outcomes.REFUSED: REFUSED,
    outcomes.UNDECIDED: UNDECIDED,
    outcomes.DATA_STOPPED: STOPPED,
}
_CHANGES = ("max_drop", "max_rise")


@dataclass(frozen=True)
class Replayed:
    """A span.

    Attributes:
        span: the newest one that the run read.
        record: the record of the run.
        again: whether an earlier replay has left it.
    """

    span: Span
    record: Record
    again: bool = False

    @property
    def verdict(self) -> str:
        """Whether the model passed, was refused or was left undecided; or the data or a fault stopped the run."""
        verdict = _VERDICTS.get(self.record.outcome, FAILED)
        evaluator = next((gate.verdict for gate in self.record.gates if gate.name == EVALUATOR.id), verdict)
        return evaluator if verdict == PASSED else verdict

    @property
    def reasons(self) -> list[str]:
        """Why the model did not pass; nothing if it did."""
        if self.verdict == FAILED:
            return [self.record.error or "its log says why"]
        said = [gate for gate in self.record.gates if gate.verdict != PASSED]
        return [reason for gate in said for reason in gate.reasons or gate.warnings]

    @property
    def data(self) -> str:
        """The verdict of the gates of the data; "" if they did not come to one."""
        said = {gate.name: gate.verdict for gate in self.record.gates if gate.name in (EXAMPLE_GEN.id, DATA_GATE.id)}
        return REFUSED if REFUSED in said.values() else said.get(DATA_GATE.id, "")

    @property
    def warnings(self) -> list[str]:
        """What the gates of the data let through with a warning."""
        gates = [gate for gate in self.record.gates if gate.name in (EXAMPLE_GEN.id, DATA_GATE.id)]
        return [warning for gate in gates for warning in gate.warnings]

    @property
    def rows(self) -> int | None:
        """The number of rows of the span; where a run reads no window, of all that it read; None if not known."""
        spans = self.record.data.get("spans") or []
        return spans[-1]["rows"] if spans else sum(self.record.rows.values()) or None

    @property
    def labels(self) -> list[str]:
        """The labels that the version got."""
        return list(self.record.push.get("labels") or ())

    def value(self, metric: str) -> dict[str, float | None] | None:
        """Returns a metric with its interval, the serving model's on the same rows, and the difference with its own.

        None if no model was judged.
        """
        found = self.record.overall
        if found.metrics.get(metric) is None:
            return None
        interval, difference = found.intervals.get(metric), found.differences.get(metric)
        return {
            "value": found.metrics[metric],
            "low": interval.low if interval else None,
            "high": interval.high if interval else None,
            "serving": found.baseline.get(metric),
            "difference": difference.value if difference else None,
            "difference_low": difference.low if difference else None,
            "difference_high": difference.high if difference else None,
        }

    @property
    def metrics(self) -> list[str]:
        """The names of what was measured."""
        return [name for name in self.record.overall.metrics if name != COUNT]

    def change(self, metric: str) -> Bound | None:
        """Returns the bound on the change of a metric, and what the rows said of it; None if there is none."""
        bounds = (each for each in self.record.bounds if each.slice == "overall" and each.metric == metric)
        return next((each for each in bounds if each.kind in _CHANGES), None)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, ready for json.dumps."""
        return {
            "span": str(self.span),
            "run_id": self.record.run_id,
            "rows": self.rows,
            "data": self.data or None,
            "warnings": self.warnings,
            "metrics": {name: self.value(name) for name in self.metrics},
            "compared_with": int(self.record.baseline_version) if self.record.baseline_version else None,
            "verdict": self.verdict,
            "reasons": self.reasons,
            "version": int(self.record.version) if self.record.version else None,
            "labels": self.labels,
            "seconds": self.record.seconds,
            "again": self.again,
        }


def shown_metric(found: Sequence[Replayed]) -> str | None:
    """Returns the metric of tables and charts: the first one with a bound on its change, or that is required."""
    judged = [each for each in found if each.metrics]
    bounded = [bound.metric for each in judged for bound in each.record.bounds if bound.kind in _CHANGES]
    required = [bound.metric for each in judged for bound in each.record.bounds if bound.metric != COUNT]
    measured = [name for each in judged for name in each.metrics]
    return next(iter([*bounded, *required, *measured]), None)
