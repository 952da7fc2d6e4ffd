"""What a model must reach to be released, from what gradient boosting reaches; and how many rows it is judged on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from components.evaluator.settings import ReleaseConfig
from components.example_gen.settings import SplitConfig
from pipeline.init.profile import Profile
from pipeline.init.quick_model import Score
from turnstile.columns import Bucketized, Feature, Numeric
from turnstile.metrics import DISCRIMINATING, METRICS

# A model of another kind may be so much worse, as a share of what the trees are better than a constant answer.
_LEEWAY = 0.1
_ERRORS = 3  # standard errors: by luck alone, one good model in 700 falls below
_NEVER_TRIVIAL = 0.01  # what is above a constant answer's value at the very least
_RELEASE, _SPLIT = ReleaseConfig.model_fields, SplitConfig.model_fields
_WANTED_ROWS = _RELEASE["min_examples"].default
# Values of a column to report by: so many at the most, each with this share of the rows.
_MOST_SLICES = 8
_LEAST_SHARE = 0.05
_SLICED_BY = 2


@dataclass(frozen=True)
class Judged:
    """On what a model is judged.

    Attributes:
        train: parts to train on.
        eval: parts to judge on.
        rows: about how many rows that is.
        least: on fewer no model is released.
    """

    train: int
    eval: int
    rows: int
    least: int


def judged_on(rows: int) -> Judged:
    """Returns the default split, or one with a larger eval part where the default's would be too small to judge by."""
    train, least = _SPLIT["train"].default, 0
    for train in (_SPLIT["train"].default, 2):
        share = 1 / (train + 1)
        # Rows are divided by their hash, so the number varies; it is lower than this once in 30,000 splits.
        least = math.floor(rows * share - 4 * math.sqrt(rows * share * (1 - share)))
        if least >= _WANTED_ROWS:
            break
    return Judged(train, 1, round(rows / (train + 1)), max(1, min(least, _WANTED_ROWS)))


@dataclass(frozen=True)
class Required:
    """Thresholds by metric, each as the bounds of [release.overall], and the reasons."""

    bounds: dict[str, dict[str, float]] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def required(scores: Mapping[str, Score], task: str, rows: int, shares: np.ndarray) -> Required:
    """Returns the thresholds.

    Args:
        scores: what gradient boosting reaches.
        task: the label's task.
        rows: how many rows a model is judged on.
        shares: the share of each class; empty for a regression.
    """
    metric = DISCRIMINATING[task]
    floor = METRICS[task][metric].floor
    found = Required()
    score = scores.get(metric, Score(floor, 0.0, rows))
    error = _error(score, rows)
    least = floor + (1 - _LEEWAY) * (score.value - floor) - _ERRORS * error
    notes = []
    if not least > floor + _NEVER_TRIVIAL:
        notes.append(
            f"gradient boosting reaches {metric} {score.value:.3f} +- {error:.3f} on unseen rows, where a constant "
            f"answer has {floor:g}: little can be learned from these columns, and a run is likely to be refused"
        )
        least = floor + _NEVER_TRIVIAL
    drop = max(0.005, math.ceil(2_000 * error) / 1_000)
    found.bounds[metric] = {"min": _rounded(least), "max_drop": min(drop, 0.1)}
    found.why[metric] = f"gradient boosting: {score.value:.3f} +- {error:.3f}; a constant answer: {floor:g}"
    _accuracy(found, scores, rows, shares)
    return Required(found.bounds, found.why, tuple(notes))


def _accuracy(found: Required, scores: Mapping[str, Score], rows: int, shares: np.ndarray) -> None:
    if "accuracy" not in scores or not len(shares):
        return
    score, majority = scores["accuracy"], float(shares.max())
    error = _error(score, rows)
    least = majority + (1 - _LEEWAY) * (score.value - majority) - _ERRORS * error
    if least > majority + _NEVER_TRIVIAL:
        found.bounds["accuracy"] = {"min": _rounded(least)}
        found.why["accuracy"] = (
            f"gradient boosting: {score.value:.3f} +- {error:.3f}; the most frequent class: {majority:.3f}"
        )


def _error(score: Score, rows: int) -> float:
    """The standard error of the difference between a score and one on other rows, of another number."""
    return score.error * math.sqrt(1 + score.rows / max(1, rows))


def _rounded(value: float) -> float:
    return math.floor(value * 1_000) / 1_000


def slices(profiles: Mapping[str, Profile], features: Mapping[str, Feature]) -> list[str]:
    """Returns the columns whose few values, each of many rows, are worth a look of their own; the fewest first."""
    found = []
    for name, feature in features.items():
        profile = profiles[name]
        if (
            isinstance(feature, Numeric | Bucketized)
            or not feature.sliceable
            or not 2 <= profile.distinct <= _MOST_SLICES
        ):
            continue
        if min(profile.counts.values()) >= _LEAST_SHARE * len(profile.column):
            found.append(name)
    return sorted(found, key=lambda name: profiles[name].distinct)[:_SLICED_BY]
