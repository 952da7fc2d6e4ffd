"""Explains rows by asking a model about them: a few hundred mixed rows for each, in one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.client.base import RawSignature
from serving.explain.background import spread
from serving.explain.scores import scale
from serving.explain.settings import Settings
from serving.explain.shapley import Contributions, Sampling
from serving.rows.reading import Arrays, to_rows

# Rows in one request, unless a server takes fewer. A multiple of 16; see serving.asking.tables.
ROWS_OF_A_REQUEST = 4096

Ask = Callable[[Arrays], Arrays]  # takes the inputs of `raw` for some rows, and returns its outputs


@dataclass(frozen=True)
class Explanation:
    """Why the model answered one row as it did.

    Attributes:
        answer: what it answered, by output.
        score: the number that is explained; see scores.
        base: the mean score of the background rows. With all contributions it is the score.
        base_error: its standard error: how far the mean of other such rows may be from it; None of a single row.
        contributions: of each feature, in the order of Explainer.features.
    """

    answer: Mapping[str, Any]
    score: float
    base: float
    base_error: float | None
    contributions: Contributions

    @property
    def is_number(self) -> bool:
        """Whether there is something to add up: a model may answer NaN, as to a row with an infinite number."""
        return bool(np.isfinite(self.contributions.values).all())


class Explainer:
    """Explains rows, each by the same mixed rows, so that a row's explanation depends on nothing but the row.

    Several threads may use it.

    Args:
        ask: asks the model.
        signature: its inputs and outputs.
        background: rows to compare with, an array for each input.
        settings: how to explain.
        rows_of_a_request: how many rows to ask about at a time.

    Attributes:
        features: the model's inputs, in the order of the contributions.
        scale: what is explained of its answers.
        compared: how many rows of the background each row is compared with.

    Raises:
        UsageError: the model answers nothing that can be explained.
    """

    def __init__(
        self,
        ask: Ask,
        signature: RawSignature,
        background: Arrays,
        settings: Settings,
        rows_of_a_request: int = ROWS_OF_A_REQUEST,
    ):
        self.scale, self.features = scale(signature.outputs), sorted(signature.inputs)
        self._ask, self._rows_of_a_request = ask, rows_of_a_request
        chosen = spread(len(background[self.features[0]]), settings.compared)
        self.compared = len(chosen)
        self._sampling = Sampling(len(self.features), self.compared, settings.pairs, settings.seed)
        rows = {name: background[name][chosen] for name in self.features}
        self._background = self._answers(rows)[self.scale.output]
        self._others = {name: rows[name][self._sampling.other] for name in self.features}

    def __call__(self, row: Arrays) -> Explanation:
        """Explains a row, given as an array of shape [1] of each input.

        Raises:
            RefusedError, UnavailableError: as `ask`.
        """
        own = self._sampling.own
        mixed = {name: np.where(own[:, j], row[name], self._others[name]) for j, name in enumerate(self.features)}
        outputs = self._answers({name: np.concatenate([row[name], mixed[name]]) for name in self.features})
        answers = outputs[self.scale.output]
        place = self.scale.place(answers[0])
        scores, base = self.scale.of(answers, place), self.scale.of(self._background, place)
        return Explanation(
            answer=to_rows({name: array[:1] for name, array in outputs.items()})[0],
            score=float(scores[0]),
            base=float(base.mean()),
            base_error=float(base.std(ddof=1) / np.sqrt(len(base))) if len(base) > 1 else None,
            contributions=self._sampling.contributions(scores[1:], base, scores[0]),
        )

    def _answers(self, rows: Arrays) -> dict[str, np.ndarray]:
        count, size = len(rows[self.features[0]]), self._rows_of_a_request
        parts = [
            self._ask({name: array[begin : begin + size] for name, array in rows.items()})
            for begin in range(0, count, size)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
