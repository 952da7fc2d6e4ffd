"""Where a model is fitted: on the CPU, on the GPU if there is one, on all of them if there are several."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf


def strategy() -> tf.distribute.Strategy:
    """Returns how steps are divided: not at all, as TensorFlow takes one GPU by itself; or each among several GPUs.

    Of the rows of a step, each GPU gets its part, so a step learns from as many rows as on one device.
    """
    gpus = several()
    return tf.distribute.MirroredStrategy(gpus) if gpus else tf.distribute.get_strategy()


def ready(model: keras.Model) -> keras.Model:
    """Returns a model that was built where `strategy` says, and can be fitted there."""
    if several():
        model.steps_per_execution = 1  # Keras 3.15 cannot run several steps at once on several devices
    return model


def on_one(model: keras.Model, build: Callable[[], keras.Model]) -> keras.Model:
    """Returns a model that answers and is exported as if one device had fitted it: itself, if one has.

    Args:
        model: the model, as fitted.
        build: makes such a model anew.
    """
    if not several():
        return model
    alone = build()
    alone.set_weights(model.get_weights())
    return alone


def several() -> list[str]:
    """Returns the names of the GPUs of this machine, if there is more than one."""
    names = [device.name for device in tf.config.list_logical_devices("GPU")]
    return names if len(names) > 1 else []
