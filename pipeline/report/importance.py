"""What the model leans on: how much worse its answers become when the values of one feature are shuffled.

Source: Breiman, Random forests, Machine Learning 45 (2001), section 10; for any model, Fisher, Rudin and Dominici, All
models are wrong, but many are useful, JMLR 20 (2019).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from pipeline.report.answers import Answers, predictions
from pipeline.report.strips import Rule, scale_of, strip

REPEATS = 5
_MOST_ROWS, _LEAST_ROWS = 2_000, 200
_ASKED = 40_000  # rows that up to 40 features cost in all; the taxi model answers them in half a second
_EPSILON = 1e-7


@dataclass(frozen=True)
class Importance:
    """How much a feature matters to a model.

    Attributes:
        rise: how much the loss rises when the feature is shuffled, the mean over REPEATS.
        low, high: the interval of that mean.
    """

    feature: str
    rise: float
    low: float
    high: float


@dataclass(frozen=True)
class Importances:
    """Of every feature, the one that matters most first; on how many rows, and in how many seconds it was found."""

    features: list[Importance]
    rows: int
    seconds: float


def of(answers: Answers, features: Sequence[str], confidence: float) -> Importances:
    """Shuffles each feature REPEATS times.

    Args:
        answers: the rows, and what the model says of them.
        features: the columns to shuffle.
        confidence: of the intervals.
    """
    began = time.monotonic()
    generator = np.random.default_rng(0)
    most = int(np.clip(_ASKED // (REPEATS * len(features)), _LEAST_ROWS, _MOST_ROWS))
    chosen = np.sort(generator.permutation(len(answers.examples))[:most])
    rows, labels = [answers.examples[number] for number in chosen], answers.labels[chosen]
    before = loss(answers.task, labels, answers.predictions[chosen])
    cells = cells_of(rows, features)
    found = []
    for feature in features:
        others = [cells[name] for name in features if name != feature]
        rest = [b"".join(parts) for parts in zip(*others, strict=True)] if others else [b""] * len(rows)
        orders = [generator.permutation(len(rows)) for _ in range(REPEATS)]
        shuffled = [rest[row] + cells[feature][other] for order in orders for row, other in enumerate(order)]
        said = predictions(answers.model, answers.task, shuffled)
        rises = [loss(answers.task, labels, part) - before for part in np.split(said, REPEATS)]
        found.append(Importance(feature, *mean_and_interval(rises, confidence)))
    found.sort(key=lambda each: -each.rise)
    return Importances(found, len(rows), time.monotonic() - began)


def cells_of(rows: Sequence[bytes], features: Sequence[str]) -> dict[str, list[bytes]]:
    """Takes rows apart: returns, of each feature, each row's value as an Example with nothing else in it, serialized.

    Joined, such Examples are the row again, since protocol buffers that stand one after the other are merged when they
    are read. A value that is missing is empty.
    """
    from tensorflow.core.example import example_pb2

    cells: dict[str, list[bytes]] = {feature: [] for feature in features}
    for row in rows:
        values = example_pb2.Example.FromString(row).features.feature
        for feature in features:
            one = example_pb2.Example()
            if feature in values:
                one.features.feature[feature].CopyFrom(values[feature])
            cells[feature].append(one.SerializeToString())
    return cells


def loss(task: str, labels: np.ndarray, predicted: np.ndarray) -> float:
    """Returns the log loss; of a regression, the share of the variance that is not explained, which is 1 - R squared.

    Args:
        task: of the label.
        labels, predicted: see Answers.
    """
    if task == "regression":
        return float(np.mean((labels - predicted) ** 2) / max(float(np.var(labels)), _EPSILON))
    if task == "binary":
        of_label = np.where(labels == 1, predicted, 1 - predicted)
    else:
        of_label = predicted[np.arange(len(labels)), labels.astype(int)]
    return float(-np.mean(np.log(np.clip(of_label, _EPSILON, 1))))


def mean_and_interval(values: Sequence[float], confidence: float) -> tuple[float, float, float]:
    """Returns the mean of repeated measurements, and Student's interval of it."""
    mean = float(np.mean(values))
    reach = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return mean, mean - reach, mean + reach


def context(found: Importances, task: str) -> dict[str, Any]:
    """Returns the table of the section, each feature with its interval drawn on one scale.

    Args:
        found: what was measured.
        task: of the label.
    """
    scale = scale_of([0.0, *(end for each in found.features for end in (each.low, each.high))])
    return {
        "rows": [
            {"feature": each, "strip": strip(scale, each.rise, (each.low, each.high), rules=[Rule(0.0, "overall")])}
            for each in found.features
        ],
        "sample": found.rows,
        "repeats": REPEATS,
        "seconds": found.seconds,
        "loss": "the share of the label's variance that is not explained" if task == "regression" else "the log loss",
    }
