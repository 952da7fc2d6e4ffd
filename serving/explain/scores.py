"""The number that is explained: what of a model's answer contributions can add up to.

Probabilities do not add up: a value that moves 0.5 to 0.9 can move 0.9 at most to 1. Log-odds do. So the score is

- of a label of two values: the log-odds of 1;
- of several classes: the log-odds of the class that is explained, against all others together;
- of a number: the number itself.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from turnstile.errors import UsageError
from turnstile.labels import ANSWER, PREDICTION

# Probabilities are taken to be between this and 1 less this: as float32 they may round to 0 or 1, whose log-odds are
# infinite. The log-odds are then between -16.1 and 16.1.
LEAST_PROBABILITY = 1e-7


@dataclass(frozen=True)
class Scale:
    """How a score is made of an answer.

    Attributes:
        task: that of the label.
    """

    task: str

    @property
    def output(self) -> str:
        """The output of the model that is explained."""
        return PREDICTION[self.task]

    @property
    def unit(self) -> str:
        """The unit of the score, in words."""
        return self.output if self.task == "regression" else "log-odds"

    def of(self, answers: np.ndarray, place: int = 0) -> np.ndarray:
        """Returns the scores of answers, float64 of shape [rows].

        Args:
            answers: the output, of shape [rows]; of several classes, [rows, classes].
            place: the class to explain, as its place among the classes.
        """
        if self.task == "regression":
            return answers.astype(np.float64)
        of_one = answers if self.task == "binary" else answers[:, place]
        probability = np.clip(of_one.astype(np.float64), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        return np.log(probability) - np.log1p(-probability)

    def what(self, answer: Mapping[str, Any]) -> str:
        """Says what the score of an answer is, given as JSON has it: the unit, and of which class it is."""
        if self.task == "regression":
            return self.unit
        return f"{self.unit} of {1 if self.task == 'binary' else answer.get(ANSWER)}"

    def in_words(self, score: float) -> str:
        """Returns a score as text; of log-odds with the probability that they are, which most people know better."""
        if self.task == "regression":
            return f"{score:.3g}"
        return f"{score:.3g} ({100 / (1 + math.exp(-score)):.2g} %)"

    def place(self, answer: np.ndarray) -> int:
        """Returns the place of the class that an answer to one row names; 0 where there are no classes.

        Args:
            answer: the output for the row, of shape [] or [classes].
        """
        return int(np.argmax(answer)) if self.task == "multiclass" else 0


def scale(outputs: Collection[str]) -> Scale:
    """Returns the scale for a model, by the names of its outputs.

    Raises:
        UsageError: none of them is one that can be explained.
    """
    for task, output in PREDICTION.items():
        if output in outputs:
            return Scale(task)
    known = ", ".join(PREDICTION.values())
    raise UsageError(
        f"the model answers {', '.join(outputs)}; expected one of: {known}. Explain a model that this project exported"
    )
