"""What Trainer makes of the config, and when it stops."""

from __future__ import annotations

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.trainer import training
from components.trainer.labels import Labels
from components.trainer.settings import TrainingConfig
from turnstile.model_inputs import NUMBERS, Columns


def test_few_rows_go_in_small_batches():
    assert [training.batch_size_for(rows) for rows in (1, 300, 2_000, 5_000, 10**7)] == [32, 32, 64, 128, 256]


def _penalty(**given):
    """What the weights of a model that four rows were fitted to add to its loss, and the sum of their squares."""
    columns = Columns.model_validate(
        {"features": {"far": {"kind": "numeric"}}, "label": {"kind": "binary", "column": "late"}}
    )
    rows = np.arange(4, dtype=np.float32)[:, None]
    batches = tf.data.Dataset.from_tensors(({NUMBERS: rows}, (rows > 1).astype(np.int64)))
    split = SimpleNamespace(
        labels=Labels.of(np.array([0, 0, 1, 1])),
        quantiles=None,
        drawn=lambda most: 4,
        fitted=lambda *_: batches.repeat(),
    )
    config = TrainingConfig(hidden_units=(3,), max_epochs=1, **given)
    model = training.fitted(split, batches, columns, config, [])
    kernels = [layer.kernel for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    return sum(map(float, model.losses)), sum(float(np.sum(np.square(kernel))) for kernel in kernels)


@pytest.mark.parametrize("given, weight", [({}, 0.5 / 4), ({"l2": 0.25}, 0.25), ({"l2": 0.0}, 0)])
def test_squared_weights_count_less_the_more_rows_there_are_unless_the_config_says_how_much(given, weight):
    penalty, squares = _penalty(**given)
    assert penalty == pytest.approx(weight * squares)


class LastWeights(keras.callbacks.Callback):
    """Sees, as others do, the weights that training goes on from."""

    def on_epoch_end(self, epoch, logs=None):
        self.seen = [weight.copy() for weight in self.model.get_weights()]


def _fit(labels, held_out, patience=3, epochs=50):
    """Fits a line to rows; returns the model, the epochs' losses, and the weights of the last step."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    last, inputs = LastWeights(), np.linspace(-1, 1, len(labels))[:, None]
    found = model.fit(
        inputs, labels, 8, epochs, 0, [training.StopAtBest(patience), last], validation_data=(inputs, held_out)
    )
    return model, found.history["val_loss"], last.seen, inputs


def test_the_model_is_the_average_whose_held_out_loss_was_lowest():
    noise = np.random.default_rng(0).normal(size=64)
    line = 3 * np.linspace(-1, 1, 64)
    model, losses, last, inputs = _fit(line + noise, line)
    assert len(losses) == np.argmin(losses) + 1 + 3, "three epochs in a row were no better"
    assert model.evaluate(inputs, line, verbose=0) == pytest.approx(min(losses), rel=1e-5)
    model.set_weights(last)
    assert model.evaluate(inputs, line, verbose=0) > 2 * min(losses), "the last step's weights are no average"


def test_losses_that_are_no_numbers_end_training():
    labels = np.full(64, np.nan)
    assert len(_fit(labels, labels)[1]) == 3
