"""A model with the signatures of ours, but without training: for tests of how an export is proven."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from serving.model.warmup import Arrays, Recorded, to_log

Extra = Callable[[tf.Tensor], tf.Tensor]


class Weighing(tf.Module):
    """Answers weight * x; a row is {"x": float, "name": string}, and as an "example", the number as text.

    Args:
        weight: a variable.
        extra: done to x on the way.
    """

    def __init__(self, weight: float = 0.5, extra: Extra = lambda x: x):
        super().__init__()
        self.weight, self.extra = tf.Variable(weight), extra

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serving_default(self, examples):
        return self._answer(tf.strings.to_number(examples), examples)

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.float32, name="x"), tf.TensorSpec([None], tf.string, name="name")]
    )
    def raw(self, x, name):
        return self._answer(x, name)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def transform_features(self, examples):
        return {"x_xf": tf.strings.to_number(examples)[:, tf.newaxis]}

    def _answer(self, x, name):
        return {"value": self.weight * self.extra(x), "label": tf.strings.join(["of ", name])}


def export(folder: Path, model: Weighing | None = None, without: Sequence[str] = (), **others: Callable) -> Path:
    """Writes a model to `folder`; returns it.

    Args:
        folder: of the SavedModel.
        model: Weighing() by default.
        without: signatures to leave out.
        **others: other functions for signatures, by their names.
    """
    model = model or Weighing()
    named = {name: getattr(model, name) for name in ("serving_default", "raw", "transform_features")} | others
    for name, function in others.items():
        setattr(model, f"other_{name}", function)  # tracked, so that it can be saved
    tf.saved_model.save(model, str(folder), signatures={n: f for n, f in named.items() if n not in without})
    return folder


def sample(values: Sequence[float] = (1.0, -2.5, 40.0)) -> list[Recorded]:
    """What Weighing() answers to rows with these values."""
    names = np.array([f"{value}".encode() for value in values], object)
    x = np.array(values, np.float32)
    answer: Arrays = {"value": x / 2, "label": np.array([b"of " + name for name in names], object)}
    return [
        Recorded("serving_default", {"examples": names}, answer),
        Recorded("raw", {"x": x, "name": names}, answer),
        Recorded("transform_features", {"examples": names}, {"x_xf": x[:, np.newaxis]}),
    ]


def write_sample(file: Path) -> Path:
    """Writes sample() as the trainer does; returns the file."""
    with tf.io.TFRecordWriter(str(file)) as writer:
        for asked in sample():
            writer.write(to_log(asked).SerializeToString())
    return file
