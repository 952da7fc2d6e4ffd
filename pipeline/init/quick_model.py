"""What can be learned of a table within seconds: gradient boosting on all features, and a tree of each one alone.

Neither is served. They tell `turnstile init` what to ask of a model, and which column gives the label away.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from components import boosting
from pipeline.init.profile import Profile, text
from turnstile.columns import Bucketized, Feature, Numeric, Text, Time

# More rows would move a score by less than the margin that is kept from it.
_ROWS = 40_000
_ROWS_OF_A_TREE = 10_000
# Judged on few rows, a score is mostly luck: then all rows are predicted, a quarter at a time by a model of the others.
_FEW_ROWS = 1_000
_PARTS = 4
# scikit-learn's trees take so many categories; the others share one.
_CATEGORIES = 254
_DRAWS = 60  # bootstrap samples: the standard error is then known to a tenth
_WORDS = 20_000  # the most frequent ones
_SEED = 7


@dataclass(frozen=True)
class Score:
    """A metric on rows that were not learned from.

    Attributes:
        value: the metric.
        error: its standard error.
        rows: how many rows.
    """

    value: float
    error: float
    rows: int


def matrix(profiles: Mapping[str, Profile], features: Mapping[str, Feature]) -> tuple[np.ndarray, np.ndarray]:
    """Returns [rows, features] as numbers, NaN where a value is missing; and which columns are categories.

    Text is no number: `with_words` adds what is told by it.
    """
    columns, categories = [], []
    for name, feature in features.items():
        if isinstance(feature, Text):
            continue
        number = isinstance(feature, Numeric | Bucketized | Time)
        columns.append(_numbers(profiles[name]) if number else _codes(profiles[name]))
        categories.append(not number)
    values = np.column_stack(columns) if columns else np.zeros((len(next(iter(profiles.values())).column), 0))
    values[np.isinf(values)] = np.nan
    return values, np.array(categories, bool)


def with_words(
    values: np.ndarray, categories: np.ndarray, texts: Sequence[Profile], target: np.ndarray, task: str
) -> tuple[np.ndarray, np.ndarray]:
    """Adds what a linear model of a column's words predicts of each row, when it has not learned from that row.

    Args:
        values: as `matrix` returns them.
        categories: as `matrix` returns them.
        texts: the columns of text.
        target: what to predict, one for each row.
        task: "binary", "multiclass" or "regression".
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import cross_val_predict

    rows = _drawn(len(target))
    wanted = np.eye(int(target.max()) + 1)[target[rows]] if task == "multiclass" else target[rows, None]
    for profile in texts:
        cells = [cell or "" for cell in text(profile.column.take(pa.array(rows))).to_pylist()]
        words = TfidfVectorizer(sublinear_tf=True, max_features=_WORDS, token_pattern=r"(?u)\S+").fit_transform(cells)
        told = np.full((len(target), wanted.shape[1]), np.nan)
        told[rows] = cross_val_predict(Ridge(solver="sparse_cg"), words, wanted, cv=_PARTS)
        values = np.hstack([values, told])
    return values, np.append(categories, np.zeros(values.shape[1] - len(categories), bool))


def _drawn(rows: int) -> np.ndarray:
    """The rows that are learned from and judged on, by number; the same for every model."""
    return np.random.default_rng(_SEED).permutation(rows)[:_ROWS]


def _numbers(profile: Profile) -> np.ndarray:
    """The numbers of a column; of text that is times, seconds since 1970."""
    if profile.is_number:
        return profile.row_numbers
    encoded = text(profile.column).dictionary_encode()
    seconds = np.array([*map(_seconds, encoded.dictionary.to_pylist()), np.nan])
    return seconds[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)]


def _seconds(moment: str) -> float:
    try:
        found = datetime.datetime.fromisoformat(moment.strip())
    except ValueError:
        return float("nan")
    return found.replace(tzinfo=found.tzinfo or datetime.UTC).timestamp()


def _codes(profile: Profile) -> np.ndarray:
    """0 for the most frequent value, 1 for the next; those past the last category are one."""
    encoded = (profile.column if profile.is_number else text(profile.column)).dictionary_encode()
    counts = np.bincount(encoded.indices.drop_null().to_numpy(), minlength=len(encoded.dictionary))
    rank = np.empty(len(counts), float)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    index = pc.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)
    codes = np.minimum(rank[index], _CATEGORIES - 1) if len(counts) else np.zeros(len(index))
    return np.where(encoded.is_valid().to_numpy(zero_copy_only=False), codes, np.nan)


def boosted(
    values: np.ndarray, categories: np.ndarray, target: np.ndarray, task: str, log: bool = False
) -> dict[str, Score]:
    """Returns what scikit-learn's gradient boosting reaches on rows that they have not seen.

    Args:
        values: as `matrix` returns them.
        categories: as `matrix` returns them.
        target: what to predict, one for each row.
        task: "binary", "multiclass" or "regression".
        log: whether log(1 + target) is learned, as a run would do it.

    Returns:
        `auc` and `accuracy`, or `r_squared`.
    """
    rows = _drawn(len(target))
    parts = np.array_split(rows, _PARTS)
    judged, truth = [], []
    for part in parts if len(rows) <= _FEW_ROWS else parts[:1]:
        learned = np.setdiff1d(rows, part)
        if task != "regression" and len(np.unique(target[learned])) < len(np.unique(target)):
            continue  # a class of a few rows, all of them in this part
        wanted = np.log1p(target[learned]) if log else target[learned]
        model = boosting.fitted(
            values[learned], wanted, categorical=categories, regression=task == "regression", seed=_SEED
        )
        answers = model.predict(values[part]) if task == "regression" else model.predict_proba(values[part])
        judged.append(np.expm1(answers) if log else answers)
        truth.append(target[part])
    if not judged:
        return {}
    return _scores(np.concatenate(truth), np.concatenate(judged), task)


def _scores(truth: np.ndarray, answers: np.ndarray, task: str) -> dict[str, Score]:
    metrics: dict[str, Any] = {"r_squared": r_squared} if task == "regression" else {"auc": auc, "accuracy": accuracy}
    rng = np.random.default_rng(_SEED)
    draws = [rng.integers(len(truth), size=len(truth)) for _ in range(_DRAWS)]
    return {
        name: Score(
            metric(truth, answers),
            float(np.nanstd([metric(truth[draw], answers[draw]) for draw in draws])),
            len(truth),
        )
        for name, metric in metrics.items()
    }


def auc(truth: np.ndarray, answers: np.ndarray) -> float:
    """The area under the ROC curve; of several classes, the mean of each one's against the others.

    It is computed from ranks (Mann and Whitney, 1947).
    """
    classes = [1] if answers.shape[1] == 2 else range(answers.shape[1])
    areas = []
    for one in classes:
        positive = truth == one
        there, others = int(positive.sum()), int((~positive).sum())
        if there and others:
            ranks = stats.rankdata(answers[:, one])
            areas.append((ranks[positive].sum() - there * (there + 1) / 2) / (there * others))
    return float(np.mean(areas)) if areas else float("nan")


def accuracy(truth: np.ndarray, answers: np.ndarray) -> float:
    """The share of rows whose likeliest class is the right one."""
    return float(np.mean(np.argmax(answers, axis=1) == truth))


def r_squared(truth: np.ndarray, answers: np.ndarray) -> float:
    """The share of variance that the answers explain."""
    variance = np.sum((truth - truth.mean()) ** 2)
    return float(1 - np.sum((truth - answers) ** 2) / variance) if variance else float("nan")


def alone(values: np.ndarray, target: np.ndarray, task: str) -> list[float]:
    """Returns how well a decision tree of each column alone predicts rows that it has not seen.

    Args:
        values: as `matrix` returns them.
        target: what to predict, one for each row.
        task: "binary", "multiclass" or "regression".

    Returns:
        For each column, the accuracy averaged over classes, or R squared: 1 is a column that gives the label away.
    """
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rows = np.random.default_rng(_SEED).permutation(len(target))[:_ROWS_OF_A_TREE]
    judged, learned = np.split(rows, [len(rows) // _PARTS])
    kind = DecisionTreeRegressor if task == "regression" else DecisionTreeClassifier
    score = r_squared if task == "regression" else balanced_accuracy_score
    found = []
    for column in np.where(np.isnan(values), -1e30, values).T.astype(np.float32):
        tree = kind(min_samples_leaf=3, random_state=_SEED).fit(column[learned, None], target[learned])
        found.append(float(score(target[judged], tree.predict(column[judged, None]))))
    return found
