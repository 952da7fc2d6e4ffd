"""A program of its own: fits a model on one CPU and on two logical ones, and prints what both have come to as JSON."""

from __future__ import annotations

import json
import sys

import keras
import numpy as np
import tensorflow as tf

from components.trainer import devices, training
from components.trainer.labels import Labels
from components.trainer.settings import TrainingConfig
from turnstile.model_inputs import NUMBERS, Columns

_ROWS, _BATCH = 2_048, 64
_COLUMNS = Columns.model_validate(
    {"features": {"x": {"kind": "numeric"}}, "label": {"kind": "binary", "column": "y", "decision": "f1"}}
)
_TRAINING = TrainingConfig(batch_size=_BATCH, max_epochs=4)


class Split:
    """Rows whose label is whether their number is above 0.3: what training asks of a TrainSplit."""

    quantiles = None

    def __init__(self) -> None:
        numbers = np.random.default_rng(1).normal(size=(_ROWS, 2)).astype(np.float32)
        self._rows = ({NUMBERS: numbers}, (numbers[:, :1] > 0.3).astype(np.int64))
        self.labels = Labels.of(self._rows[1][:, 0])

    def fitted(self, batch_size: int, seed: int, most: float) -> tf.data.Dataset:
        """All rows, again and again."""
        return tf.data.Dataset.from_tensor_slices(self._rows).repeat().batch(batch_size)

    def held_out(self) -> tf.data.Dataset:
        """The same rows, the last of which fill no batch."""
        return tf.data.Dataset.from_tensor_slices(self._rows).batch(300)

    def drawn(self, most: float) -> int:
        """All of them."""
        return _ROWS


def main() -> None:
    """Fits on two devices, then on one."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    names = [device.name for device in tf.config.list_logical_devices("CPU")]
    found = {}
    for number in (2, 1):
        devices.several = lambda number=number: names if number > 1 else []
        found[number] = _fitted(Split())
    json.dump(found, sys.stdout)


def _fitted(split: Split) -> dict:
    seen = Seen()
    watched = [training.StopAtBest(6), seen]
    model = training.fitted(split, split.held_out(), _COLUMNS, _TRAINING, watched)
    return {
        "replicas": seen.replicas,
        "losses": seen.losses,
        "loss_of_the_model": model.evaluate(split.held_out(), verbose=0),
        "decision": training.decision(model, split.held_out(), _COLUMNS.label),
        "plain_variables": all(type(variable.value).__name__ == "ResourceVariable" for variable in model.weights),
    }


class Seen(keras.callbacks.Callback):
    """Keeps the held-out losses, and on how many devices the model is fitted."""

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Looks while the model is fitted."""
        self.replicas, self.losses = self.model.distribute_strategy.num_replicas_in_sync, []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keeps the loss."""
        self.losses.append((logs or {})["val_loss"])


if __name__ == "__main__":
    main()
