"""What `turnstile split` says of an arm: how many rows, who answered, how fast, and what on average."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from serving.ab.phrases import counted

_MOST_ERRORS = 3  # how many different error messages are shown for an arm


@dataclass
class ArmReport:
    """How one arm did.

    Attributes:
        arm: the name of the arm.
        rows: how many rows went to the arm.
        without_key: how many of these had no key.
        errors: how many rows got no answer, by the error message.
        versions: how many rows each version answered; None stands for a version that is not known.
        seconds: how long each request took that was answered.
    """

    arm: str
    rows: int = 0
    without_key: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    versions: Counter[int | None] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    _sums: dict[str, float] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, outputs: dict[str, Any]) -> None:
        """Counts an answer."""
        for name, value in outputs.items():
            if isinstance(value, int | float) and math.isfinite(value):
                self._sums[name] = self._sums.get(name, 0) + value
                self._counts[name] += 1

    @property
    def answered(self) -> int:
        """Rows with an answer."""
        return self.versions.total()

    @property
    def means(self) -> dict[str, float]:
        """The mean of each output, over the rows where it is a finite number."""
        return {name: total / self._counts[name] for name, total in self._sums.items()}

    def milliseconds(self, percent: float) -> float | None:
        """Returns a percentile of the requests' times; None if there were none."""
        return float(np.percentile(self.seconds, percent)) * 1000 if self.seconds else None

    def as_dict(self) -> dict[str, Any]:
        """Returns what `--json` prints."""
        return {
            "rows": self.rows,
            "rows_without_key": self.without_key,
            "requests": len(self.seconds),
            "errors": self.errors.total(),
            "error_messages": list(self.errors),
            "versions": {_version(version): count for version, count in self.versions.items()},
            "latency_ms": {"p50": self.milliseconds(50), "p99": self.milliseconds(99)},
            "means": self.means,
        }


def lines(reports: Iterable[ArmReport]) -> list[str]:
    """Returns the reports as a table for people, and what was wrong below it."""
    reports = list(reports)
    names = sorted({name for report in reports for name in report.means})
    rows = [["arm", "rows", "errors", "requests", "p50 ms", "p99 ms", *(f"mean {name}" for name in names), "versions"]]
    rows += [_cells(report, names) for report in reports]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return table + [note for report in reports for note in _notes(report)]


def _version(number: int | None) -> str:
    return "unknown" if number is None else str(number)


def _cells(report: ArmReport, names: list[str]) -> list[str]:
    times = [report.milliseconds(percent) for percent in (50, 99)]
    versions = ", ".join(f"{_version(version)}: {count:,}" for version, count in report.versions.most_common())
    return [
        report.arm,
        f"{report.rows:,}",
        f"{report.errors.total():,}",
        f"{len(report.seconds):,}",
        *("-" if ms is None else f"{ms:.1f}" for ms in times),
        *(f"{report.means[name]:.4g}" if name in report.means else "-" for name in names),
        versions or "-",
    ]


def _notes(report: ArmReport) -> list[str]:
    notes = [
        f"{report.arm}: {counted(count, 'rows')}: {error}" for error, count in report.errors.most_common(_MOST_ERRORS)
    ]
    if report.without_key:
        notes.append(f"{report.arm}: {counted(report.without_key, 'rows without a key')}; such rows all go to this arm")
    return notes
