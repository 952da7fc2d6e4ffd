"""The model factory: what it builds for each task, and that one step of training reaches every weight."""

from __future__ import annotations

import numpy as np
import pytest

from components.trainer.layers import MeanAnswer, PiecewiseLinear
from components.trainer.model import Loss, build_model
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
# With this seed no hidden unit is dead from the start.
TRAINING = TrainingConfig(hidden_units=(8, 4), heads=3, weight_decay=0, seed=1)


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


def heads(answers, task):
    """What the model answers outside of training for heads that answer so."""
    return MeanAnswer(task)(np.array([answers], "float32"), training=False).numpy()[0]


def test_the_answer_is_the_mean_of_the_probabilities_or_values_of_the_heads():
    logit = np.log(0.9 / 0.1)
    assert 1 / (1 + np.exp(-heads([[logit], [-logit], [logit]], "binary"))) == pytest.approx((0.9 + 0.1 + 0.9) / 3)
    odds = np.exp(heads([np.log([0.7, 0.2, 0.1]), np.log([0.1, 0.8, 0.1])], "multiclass"))
    assert odds / odds.sum() == pytest.approx([0.4, 0.5, 0.1])
    assert heads([[1.0], [4.0]], "regression") == pytest.approx([2.5])


def test_in_training_each_head_learns_by_itself():
    """The loss of heads that answer 0 and 2 where 1 is right is not 0, as that of their mean would be."""
    loss = Loss("regression", "squared", deviation=2.0)
    label = np.array([[1.0]], "float32")
    assert float(loss(label, np.array([[[0.0], [2.0]]], "float32"))) == pytest.approx(0.25)
    assert float(loss(label, np.array([[1.0]], "float32"))) == 0


def test_huber_counts_large_errors_by_their_size():
    label, answer = np.zeros((1, 1), "float32"), np.full((1, 1), 20.0, "float32")
    assert float(Loss("regression", "huber", deviation=2.0)(label, answer)) == pytest.approx(9.5)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_far_outside_is_bounded_and_missing_pieces_have_no_share(sign):
    """Up to those whose square, or whose z-score, is none of float32."""
    quantiles = np.array([[0, 0, 0, 0, 0, 1, 2, 3, 10.0]])
    layer = PiecewiseLinear(quantiles, width=2)
    farther = sign * np.array([[1e6], [1e9], [3e19], [3e38], [np.inf]], "float32")
    embedded = layer(farther).numpy()
    assert embedded[:, 0] == pytest.approx(3 * sign, abs=1e-3)
    assert embedded == pytest.approx(np.broadcast_to(embedded[0], embedded.shape), abs=1e-3)
    assert np.isfinite(layer(np.array([[0.0]], "float32")).numpy()).all()
