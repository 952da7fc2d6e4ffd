"""What came of explaining rows: for each row its contributions, and over all rows which features matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.ab.intervals import student
from serving.client.base import ModelSpec
from serving.explain.explaining import Explanation
from serving.explain.scores import Scale
from serving.explain.settings import Settings

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Importance:
    """How much a feature matters.

    Attributes:
        feature: its name.
        value: the mean size of its contributions, whatever their sign.
        low, high: the interval of that mean for rows like these; None for a single row.
    """

    feature: str
    value: float
    low: float | None
    high: float | None

    @property
    def reach(self) -> float | None:
        """Half of the interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


@dataclass(frozen=True)
class Contribution:
    """What a feature contributed to the score of a row.

    Attributes:
        feature: its name.
        given: its value in the row; None if it is missing.
        value: the contribution, in the unit of the score.
        standard_error: how far chance may have moved it; see shapley.Contributions.
    """

    feature: str
    given: Any
    value: float
    standard_error: float


@dataclass(frozen=True)
class Row:
    """One row, and its explanation.

    Attributes:
        given: what the model was asked about, by the file's name for each feature; None where it is missing.
        explanation: the explanation.
    """

    given: Mapping[str, Any]
    explanation: Explanation

    def contributions(self) -> list[Contribution]:
        """Returns the contributions, the largest first."""
        values, errors = self.explanation.contributions
        made = zip(self.given, self.given.values(), values.tolist(), errors.tolist(), strict=True)
        return sorted((Contribution(*each) for each in made), key=lambda each: -abs(each.value))


@dataclass(frozen=True, kw_only=True)
class Explained:
    """The explanations of the rows of a file.

    Attributes:
        model: the model, with the version that answered, if it is known.
        scale: what is explained of its answers.
        settings: how they were explained.
        compared: how many rows of the background each was compared with.
        rows: the rows, in the order of the file, at least one.
    """

    model: ModelSpec
    scale: Scale
    settings: Settings
    compared: int
    rows: Sequence[Row]

    def importances(self) -> list[Importance]:
        """Returns how much each feature matters, the one that matters most first; by the rows that were explained."""
        sizes = np.abs([row.explanation.contributions.values for row in self.rows if row.explanation.is_number])
        found = [_importance(name, sizes[:, j]) for j, name in enumerate(self.rows[0].given)] if len(sizes) else []
        return sorted(found, key=lambda each: -each.value)

    def as_dict(self) -> dict[str, Any]:
        """Returns what `--json` prints."""
        settings = self.settings
        return {
            "model": {"name": self.model.name, "version": self.model.version, "label": self.model.label},
            "output": self.scale.output,
            "unit": self.scale.unit,
            "background": {"file": settings.background, "rows": self.compared},
            "pairs": settings.pairs,
            "seed": settings.seed,
            "importance": [vars(each) for each in self.importances()],
            "rows": [self._row(number, row) for number, row in enumerate(self.rows, start=1)],
        }

    def _row(self, number: int, row: Row) -> dict[str, Any]:
        found = row.explanation
        return {
            "row": number,
            "answer": found.answer,
            "score": found.score,
            "base": found.base,
            "base_standard_error": found.base_error,
            "contributions": [vars(each) for each in row.contributions()],
        }


def _importance(feature: str, sizes: np.ndarray) -> Importance:
    if len(sizes) < 2:
        return Importance(feature, float(sizes[0]), None, None)
    interval = student(sizes.tolist(), CONFIDENCE)
    return Importance(feature, interval.value, interval.low, interval.high)
