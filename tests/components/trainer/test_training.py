"""What Trainer makes of the config, and when it stops."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from components.trainer import training


def test_few_rows_go_in_small_batches():
    assert [training.batch_size_for(rows) for rows in (1, 300, 2_000, 5_000, 10**7)] == [32, 32, 64, 128, 256]


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
