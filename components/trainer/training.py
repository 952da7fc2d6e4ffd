"""Trainer: transformed examples in, a trained and exported model out."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer import devices, simple_models, warm_start
from components.trainer.decision import choose
from components.trainer.history import History
from components.trainer.model import build_model
from components.trainer.serving_sample import RAW_EVAL_FILES, write_sample
from components.trainer.settings import TrainerSettings, TrainingConfig
from components.trainer.signatures import ServingModel, answer, export
from components.trainer.targets import class_weights, label_scale, targets
from components.trainer.train_split import TrainSplit, read_train_split
from turnstile.labels import BinaryLabel, Label, RatioAboveLabel
from turnstile.model_inputs import Columns
from turnstile.places import place

# How much of the averaged weights stays in ten steps. Those of a step are added each time that Keras comes back to
# Python, mostly every ten steps: what is a hundred steps old counts a third of the newest.
_OLD, _STEPS = 0.9, 10

logger = logging.getLogger("turnstile.trainer")


def run_fn(fn_args: Any) -> None:
    """The function TFX Trainer calls: load, build, fit, export.

    Args:
        fn_args: tfx.components.trainer.fn_args_utils.FnArgs; custom_config holds TrainerSettings as JSON,
            under "settings", and the raw eval files that components.trainer.component adds.
    """
    settings = TrainerSettings.model_validate_json(fn_args.custom_config["settings"])
    columns, training = settings.columns, settings.training
    transform = tft.TFTransformOutput(fn_args.transform_output)

    split = read_train_split(fn_args.train_files, transform, training)
    held_out = split.held_out()
    with simple_models.beside(fn_args, transform, settings):
        watched = callbacks(split, training, fn_args.model_run_dir)
        model = fitted(split, held_out, columns, training, watched, _beginning(fn_args, transform, columns))
        serving = ServingModel(model, transform, columns, decision(model, held_out, columns.label))
        export(serving, fn_args.serving_model_dir)
    write_sample(serving, fn_args.custom_config[RAW_EVAL_FILES], settings.sample_rows, fn_args.serving_model_dir)


def _beginning(fn_args: Any, transform: tft.TFTransformOutput, columns: Columns) -> Callable | None:
    """Returns what gives a model the weights of the one that serves, and writes down whether it did; None unasked."""
    if not fn_args.base_model:
        return None
    assets, base_model = place(transform.transform_savedmodel_dir) / "assets", place(fn_args.base_model)
    return lambda model: warm_start.write(warm_start.begin(model, columns, assets, base_model), fn_args.model_run_dir)


def fitted(
    split: TrainSplit,
    held_out: tf.data.Dataset,
    columns: Columns,
    training: TrainingConfig,
    callbacks: list[keras.callbacks.Callback],
    begin: Callable[[keras.Model], object] | None = None,
) -> keras.Model:
    """Builds a model and fits it.

    Args:
        split: the train split.
        held_out: the rows of it that tell when to stop.
        columns: features and label.
        training: the model, and how it is fitted.
        callbacks: what Keras calls after each epoch.
        begin: gives the model weights to begin with; by default it begins from nothing.
    """
    weights = class_weights(split.labels, columns.label, training)
    batch_size, rows = _batch_size(split, training), learned_from(split, training)
    penalised = training.model_copy(update={"l2": l2_for(rows)}) if training.l2 is None else training
    build = partial(build_model, columns, penalised, split.quantiles, label_scale(split.labels, columns.label))
    with devices.strategy().scope():
        model = devices.ready(build())
        if begin:
            begin(model)
        model.fit(
            targets(split.fitted(batch_size, training.seed, rows), columns.label, weights),
            validation_data=targets(held_out, columns.label, weights),
            epochs=training.max_epochs,
            steps_per_epoch=min(math.ceil(rows / batch_size), training.max_steps_per_epoch),
            callbacks=callbacks,
            verbose=0,
        )
    return devices.on_one(model, build)


def learned_from(split: TrainSplit, training: TrainingConfig) -> int:
    """Returns about how many rows the model is fitted to: all, or as many as training can see and memory can hold."""
    return split.drawn(_batch_size(split, training) * training.max_steps_per_epoch * training.max_epochs)


def _batch_size(split: TrainSplit, training: TrainingConfig) -> int:
    return training.batch_size or batch_size_for(split.labels.rows)


def decision(model: keras.Model, held_out: tf.data.Dataset, label: Label) -> float | None:
    """Returns the probability from which a binary model says 1, chosen on the held-out rows if the config says so."""
    if not isinstance(label, BinaryLabel | RatioAboveLabel):
        return None
    if isinstance(label.decision, float):
        return label.decision
    output = model.predict(held_out.map(lambda inputs, _: inputs), verbose=0)
    labels = np.concatenate([values[:, 0] for _, values in held_out.as_numpy_iterator()])
    return choose(label.decision, labels, answer(tf.constant(output), label)["probability"].numpy())


def batch_size_for(rows: int) -> int:
    """Returns the default number of rows in a batch: a power of two such that an epoch has some 40 batches."""
    return min(max(2 ** round(math.log2(max(rows / 40, 1))), 32), 256)


def l2_for(rows: int) -> float:
    """Returns the default weight of the L2 penalty: that of scikit-learn's logistic regression, whose C is 1.

    It minimises the sum of the rows' losses and half the sum of the squared weights; the loss here is the rows' mean.
    """
    return 0.5 / rows


def callbacks(split: TrainSplit, training: TrainingConfig, log_dir: str) -> list[keras.callbacks.Callback]:
    """What averages the weights and stops at the best; TensorBoard logs and a history in `log_dir`; a line an epoch."""

    def report(epoch: int, logs: dict[str, float]) -> None:
        logger.info("epoch %d of at most %d: held-out loss %.4f", epoch + 1, training.max_epochs, logs["val_loss"])

    return [
        StopAtBest(training.patience),
        keras.callbacks.TensorBoard(log_dir, write_graph=False),
        History(log_dir, learned_from(split, training), split.labels.rows),
        keras.callbacks.LambdaCallback(on_epoch_end=report),
    ]


class StopAtBest(keras.callbacks.Callback):
    """Leaves the model with the averaged weights whose held-out loss was lowest, and stops when it no longer falls.

    The average is over the steps so far, the later ones weighing more. It answers better than the weights of any one
    step do, and its loss hardly jumps, so that fewer epochs show where the bottom is (Morales-Brotons, Vogels and
    Hendrikx, 2024, "Exponential Moving Average of Weights in Deep Learning: Dynamics and Benefits"). Training itself
    goes on from the weights of the last step.

    Args:
        patience: epochs in a row without a lower loss, after which training stops.
    """

    def __init__(self, patience: int):
        super().__init__()
        self._patience = patience
        self._average: list[np.ndarray] = []
        self._best: list[np.ndarray] | None = None
        self._lowest, self._waited, self._times = math.inf, 0, 0

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Starts from the weights that the model was given."""
        self._average = self._weights()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Adds the weights to the average, whose start soon counts for nothing."""
        self._times += 1
        old = min(_OLD ** (self.model.steps_per_execution / _STEPS), (1 + self._times) / (10 + self._times))
        pairs = zip(self._average, self._weights(), strict=True)
        self._average = [old * average + (1 - old) * weight for average, weight in pairs]

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """The held-out loss is that of the average."""
        self._last = self._weights()
        self._give(self._average)

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        """Training goes on from the last step."""
        self._give(self._last)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keeps the average if it is the best so far, or counts the epoch as waited."""
        loss = (logs or {})["val_loss"]
        if loss < self._lowest:
            self._lowest, self._best, self._waited = loss, self._average, 0
            return
        self._waited += 1
        if self._waited == self._patience:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Gives the model the best average."""
        if self._best is not None:  # it is None only if no loss was ever a number
            self._give(self._best)

    def _weights(self) -> list[np.ndarray]:
        return [variable.numpy() for variable in self.model.trainable_variables]

    def _give(self, weights: list[np.ndarray]) -> None:
        for variable, weight in zip(self.model.trainable_variables, weights, strict=True):
            variable.assign(weight)
