"""From rows to a proposal: what `turnstile init` does between reading a table and writing a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from pipeline.init import kinds, labels, quick_model, release
from pipeline.init.labels import LabelChoice
from pipeline.init.profile import Profile
from pipeline.init.quick_model import Score
from pipeline.init.reading import Sample
from pipeline.init.release import Judged, Required
from turnstile.columns import Feature, Text
from turnstile.errors import UsageError
from turnstile.labels import BinaryLabel, Label, RegressionLabel

# A column that alone predicts unseen rows like this gives the label away; one that does it a little less is kept, and
# named: an honest column may be so good.
_GIVES_AWAY = 0.99
_SUSPICIOUS = 0.95
_MOSTLY_DIFFERENT = 0.5
_HASH_FACTOR = np.uint64(1_000_003)  # a prime: codes of two columns then hardly ever mix to the same number


@dataclass(frozen=True)
class Proposal:
    """What a config would say, and why.

    Attributes:
        label: what is predicted.
        features: the features by column.
        why: the reason for each.
        left_out: the reason for each other column.
        suspicious: columns that might give the label away, with the reason.
        judged: on how many rows models are judged.
        required: what they must reach.
        slices: columns to report by.
        notes: sentences that the user should read.
    """

    label: LabelChoice
    features: dict[str, Feature]
    why: dict[str, str]
    left_out: dict[str, str]
    suspicious: dict[str, str]
    judged: Judged
    required: Required
    slices: Sequence[str]
    notes: tuple[str, ...]


def profiles(sample: Sample) -> dict[str, Profile]:
    """Returns the columns of a sample."""
    return {name: Profile(name, sample.kinds[name], column) for name, column in sample.columns.items()}


def propose(sample: Sample, columns: Mapping[str, Profile], label: LabelChoice) -> Proposal:
    """Chooses everything for a label.

    Raises:
        UsageError: no column is left to learn from; the message says why of each.
    """
    choices = {name: kinds.choose(column) for name, column in columns.items() if name != label.column.name}
    features = {name: choice.feature for name, choice in choices.items() if choice.feature is not None}
    left_out = {name: choice.why for name, choice in choices.items() if choice.feature is None}
    task, target = label.label.task, labels.targets(label)
    names = [name for name, feature in features.items() if not isinstance(feature, Text)]
    values, categories = quick_model.matrix(columns, features)
    leaks, suspicious = _leaks(names, values, target, task)
    left_out |= leaks
    features = {name: feature for name, feature in features.items() if name not in leaks}
    if not features:
        reasons = "\n".join(f"  - {name}: {why}" for name, why in left_out.items())
        raise UsageError(f"no column is left to predict '{label.column.name}' from:\n{reasons}")
    judged = release.judged_on(sample.total - label.missing * sample.every)
    texts = [columns[name] for name, feature in features.items() if isinstance(feature, Text)]
    kept = np.array([name not in leaks for name in names], bool)
    rows = quick_model.with_words(values[:, kept], categories[kept], texts, target, task)
    scores = _scores(rows, target, label.label)
    shares = np.zeros(0) if task == "regression" else np.unique(target, return_counts=True)[1] / len(target)
    required = release.required(scores, task, judged.rows, shares)
    return Proposal(
        label=label,
        features=features,
        why={name: choices[name].why for name in features},
        left_out=left_out,
        suspicious=suspicious,
        judged=judged,
        required=required,
        slices=release.slices(columns, features),
        notes=(*label.warnings, *_repeated(columns), *required.notes),
    )


def _scores(rows: tuple[np.ndarray, np.ndarray], target: np.ndarray, label: Label) -> dict[str, Score]:
    """Returns what gradient boosting reaches, by the metrics that can be asked of a model of the label."""
    log = isinstance(label, RegressionLabel) and label.log
    scores = quick_model.boosted(*rows, target, label.task, log)
    if isinstance(label, BinaryLabel) and isinstance(label.decision, str):
        scores.pop("accuracy", None)  # where one value is rare, it says little, and a decision is not made for it
    return scores


def _repeated(columns: Mapping[str, Profile]) -> list[str]:
    """Says whether many rows are equal: a split by the rows' hash then judges on few different ones."""
    rows = len(next(iter(columns.values())).column)
    mixed = np.zeros(rows, np.uint64)
    for profile in columns.values():
        codes = pc.fill_null(profile.column.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False)
        mixed = mixed * _HASH_FACTOR + codes.astype(np.uint64)
    different = len(np.unique(mixed)) / rows
    if different > _MOSTLY_DIFFERENT:
        return []
    return [
        f"only {different:.0%} of the rows are different, and equal rows are always in one split: what a model reaches "
        "on the eval split may be luck. If equal rows are different cases, add a column to the data that tells them "
        "apart, such as an id"
    ]


def _leaks(
    names: Sequence[str], values: np.ndarray, target: np.ndarray, task: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Which features give the label away, and which might, each with the reason; `values` are those of `names`."""
    what = "R squared" if task == "regression" else "mean recall of the classes"
    leaks, suspicious = {}, {}
    for name, score in zip(names, quick_model.alone(values, target, task), strict=True):
        if score >= _GIVES_AWAY:
            leaks[name] = f"gives the label away: it alone predicts unseen rows ({what} {score:.3f})"
        elif score >= _SUSPICIOUS:
            suspicious[name] = f"alone it has {what} {score:.3f} on unseen rows; is it known when the model is asked?"
    return leaks, suspicious
