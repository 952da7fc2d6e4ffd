"""What boosting and a linear model reach on the rows of a network is near what the rows allow."""

from __future__ import annotations

import json

import numpy as np
import pytest

from components.trainer import simple_models
from turnstile.model_inputs import INDICES, NUMBERS, Columns

FEATURES = {"x": {"kind": "numeric"}, "place": {"kind": "categorical", "size": 3}}
LABELS = {
    "binary": {"kind": "binary", "column": "y"},
    "multiclass": {"kind": "multiclass", "column": "y", "classes": ["a", "b", "c"]},
    "regression": {"kind": "regression", "column": "y"},
}


def rows(task, seed, count=3_000):
    """Rows whose label is mostly told by a number and a category, and by a tenth of noise."""
    random = np.random.default_rng(seed)
    x, place = random.normal(size=count), random.integers(0, 3, count)
    inputs = {NUMBERS: np.stack([x, np.zeros(count)], 1).astype(np.float32), INDICES: place[:, np.newaxis]}
    noise = random.random(count) < 0.1
    label = {
        "binary": (x + place > 1) ^ noise,
        "multiclass": np.where(noise, random.integers(0, 3, count), place),
        "regression": x + place + random.normal(scale=0.1, size=count),
    }[task]
    return inputs, label.astype(np.float32 if task == "regression" else np.int64)


@pytest.mark.parametrize(
    ("task", "metric", "least"),
    [("binary", "auc", 0.85), ("multiclass", "auc", 0.9), ("regression", "r_squared", 0.98)],
)
def test_both_learn_what_the_rows_say(task, metric, least):
    columns = Columns.model_validate({"features": FEATURES, "label": LABELS[task]})
    found = simple_models.scores(rows(task, 1), rows(task, 2), columns)
    assert list(found) == ["boosting", "linear"]
    assert all(least < model[metric] <= 1 for model in found.values())
    assert json.loads(json.dumps(found)) == found  # so it can be kept


def test_a_class_that_the_judged_rows_lack_leaves_the_auc_out():
    columns = Columns.model_validate({"features": FEATURES, "label": LABELS["multiclass"]})
    inputs, label = rows("multiclass", 2)
    two = {name: values[label < 2] for name, values in inputs.items()}, label[label < 2]
    found = simple_models.scores(rows("multiclass", 1), two, columns)
    assert [set(model) for model in found.values()] == [{"accuracy", "log_loss"}] * 2


def test_one_layout_for_trees_and_one_for_lines():
    columns = Columns.model_validate({"features": FEATURES, "label": LABELS["binary"]})
    inputs = {NUMBERS: np.array([[0.5, 0.0], [0.0, 1.0]], np.float32), INDICES: np.array([[2], [4]])}
    assert simple_models.side_by_side(inputs).tolist() == [[0.5, 0, 2], [0, 1, 4]]
    # The indices of `place`: three values, any other, missing.
    assert simple_models._one_hot(columns, inputs).toarray().tolist() == [
        [0.5, 0, 0, 0, 1, 0, 0],
        [0, 1, 0, 0, 0, 0, 1],
    ]
