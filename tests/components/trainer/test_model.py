"""The model factory: what it builds for each task, and that one step of training reaches every weight."""

from __future__ import annotations

import numpy as np
import pytest

from components.trainer.model import build_model
from components.trainer.settings import TrainingConfig
from turnstile.model_inputs import INDICES, NUMBERS, WORDS, Columns, model_inputs

FEATURES = {
    "fare": {"kind": "numeric", "buckets": 3},
    "miles": {"kind": "bucketized", "buckets": 3},
    "city": {"kind": "vocabulary", "top_k": 3},
    "hour": {"kind": "categorical", "size": 3},
    "note": {"kind": "text", "top_k": 5, "terms": 4},
    "title": {"kind": "text", "top_k": 3, "terms": 2},
}
LABELS = {
    "binary": {"kind": "binary", "column": "y"},
    "multiclass": {"kind": "multiclass", "column": "y", "classes": ["a", "b", "c"]},
    "regression": {"kind": "regression", "column": "y"},
}
TRAINING = TrainingConfig(hidden_units=(8, 4), dropout=0.0, seed=1)  # with which no hidden unit is dead from the start


def columns(task, features=FEATURES):
    return Columns.model_validate({"features": features, "label": LABELS[task]})


def batch(spec, rows=64):
    """Random inputs that use every index, and labels that are valid for every task."""
    rng = np.random.default_rng(0)
    layout, inputs = model_inputs(spec), {}
    if layout.numbers:
        inputs[NUMBERS] = rng.normal(size=(rows, len(layout.numbers))).astype("float32")
    if layout.indices:
        inputs[INDICES] = np.stack([rng.integers(0, size, rows) for size in layout.indices.values()], axis=1)
    if layout.words:
        texts = layout.words.values()
        inputs[WORDS] = np.hstack([rng.integers(0, text.top_k + 1, (rows, text.terms)) for text in texts])
    return inputs, rng.integers(0, 2, (rows, 1))


@pytest.mark.parametrize(("task", "width"), [("binary", 1), ("multiclass", 3), ("regression", 1)])
def test_the_output_fits_the_task(task, width):
    spec = columns(task)
    inputs, _ = batch(spec)
    assert build_model(spec, TRAINING)(inputs).shape == (64, width)


@pytest.mark.parametrize("task", LABELS)
def test_one_step_changes_every_row_of_every_weight(task):
    spec = columns(task)
    model = build_model(spec, TRAINING)
    before = [weight.numpy().copy() for weight in model.trainable_variables]
    model.train_on_batch(*batch(spec))
    for weight, old in zip(model.trainable_variables, before, strict=True):
        assert (weight.numpy() != old).any(axis=-1).all(), f"{weight.path}: a row of it has not changed"


def test_the_same_seed_gives_the_same_model():
    first, second = (build_model(columns("binary"), TRAINING).get_weights() for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("name", FEATURES)
def test_a_single_feature_is_enough(name):
    spec = columns("binary", {name: FEATURES[name]})
    assert build_model(spec, TRAINING)(batch(spec)[0]).shape == (64, 1)


def test_no_hidden_layer_is_a_linear_model_on_embeddings():
    spec = columns("binary")
    assert build_model(spec, TrainingConfig(hidden_units=()))(batch(spec)[0]).shape == (64, 1)
