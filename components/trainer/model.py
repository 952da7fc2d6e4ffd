"""The Keras model: a pure factory, config in, untrained and compiled model out. No TFX here."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from components.trainer.settings import TrainingConfig
from turnstile.columns import Text
from turnstile.labels import MulticlassLabel
from turnstile.model_inputs import INDICES, NUMBERS, WORDS, Columns, ModelInputs, model_inputs

# Batches that TensorFlow runs between two visits to Python, which take as long as a batch of a small model.
_STEPS_PER_EXECUTION = 10


@dataclass(frozen=True)
class LabelScale:
    """Mean and standard deviation of a regression's label, in its own units."""

    mean: float = 0.0
    deviation: float = 1.0


def build_model(columns: Columns, training: TrainingConfig, scale: LabelScale = LabelScale()) -> keras.Model:
    """Builds a wide and deep model (Cheng et al., 2016, "Wide & Deep Learning for Recommender Systems").

    The wide part is linear: a weight for each index of each integer input, and for each term of a text. The deep part
    sees an embedding of each index, the sum of those of a text's terms, and the float inputs, through hidden layers.
    Both add up to the answer.

    Args:
        columns: features and label; they fix the inputs and the shape of the output.
        training: layer sizes, regularisation, optimizer and seed.
        scale: the scale of a regression's label; the network learns in units of it, and answers in the label's own.

    Returns:
        A compiled model. Inputs: a dict of tensors laid out by turnstile.model_inputs.model_inputs. Output:
        [batch, 1] logits (binary), [batch, classes] logits (multiclass), or [batch, 1] values (regression).
    """
    keras.utils.set_random_seed(training.seed)
    units = len(columns.label.classes) if isinstance(columns.label, MulticlassLabel) else 1
    layout = model_inputs(columns)
    inputs, deep = {}, []
    if layout.numbers:
        inputs[NUMBERS] = keras.Input((len(layout.numbers),), name=NUMBERS)
        deep.append(inputs[NUMBERS])
    if layout.indices:
        inputs[INDICES] = keras.Input((len(layout.indices),), name=INDICES, dtype="int64")
        # One table with a part for each input: a table each would make a graph of several times the size, and that is
        # where the time of a small model goes.
        *begins, rows = itertools.accumulate(layout.indices.values(), initial=0)
        index = inputs[INDICES] + np.array(begins)
        deep.append(keras.layers.Flatten()(_embedding(index, rows, training.embedding_dim, training)))
    linear = []
    for ids, text in _texts(layout, inputs):
        deep.append(_bag(ids, text, training.embedding_dim, training))
        linear.append(_bag(ids, text, units, training, "zeros"))
    deep = keras.layers.concatenate(deep) if len(deep) > 1 else deep[0]
    for size in training.hidden_units:
        deep = keras.layers.Dense(size, activation="relu", kernel_regularizer=_l2(training))(deep)
        deep = keras.layers.Dropout(training.dropout)(deep)
    output = keras.layers.Dense(units)(deep)
    if layout.indices:
        linear.append(keras.ops.sum(_embedding(index, rows, units, training, "zeros"), axis=1))
    for part in linear:
        output = output + part
    if columns.label.task == "regression":
        output = keras.layers.Rescaling(scale.deviation, scale.mean)(output)
    model = keras.Model(inputs, output)
    _compile(model, columns.label.task, training, scale)
    return model


def _embedding(
    index: keras.KerasTensor, rows: int, width: int, training: TrainingConfig, initializer: str = "uniform"
) -> keras.KerasTensor:
    table = keras.layers.Embedding(
        rows, width, embeddings_initializer=initializer, embeddings_regularizer=_l2(training)
    )
    return table(index)


def _texts(layout: ModelInputs, inputs: dict[str, keras.KerasTensor]) -> Iterator[tuple[keras.KerasTensor, Text]]:
    """Yields each text's places in its vocabulary, [batch, terms], and adds their input."""
    *begins, width = itertools.accumulate((text.terms for text in layout.words.values()), initial=0)
    if width:
        inputs[WORDS] = keras.Input((width,), name=WORDS, dtype="int64")
    for begin, text in zip(begins, layout.words.values(), strict=True):
        yield inputs[WORDS][:, begin : begin + text.terms], text


def _bag(
    ids: keras.KerasTensor, text: Text, width: int, training: TrainingConfig, initializer: str = "uniform"
) -> keras.KerasTensor:
    """Adds up the embeddings of a text's terms, and divides by the square root of how many there are.

    The embeddings themselves learn which terms say much; a longer text says more than a short one, but not as much more
    as it is longer.
    """
    there = keras.ops.cast(ids > 0, "float32")[:, :, None]
    number = keras.ops.maximum(keras.ops.sum(there, axis=1), 1)
    terms = _embedding(keras.ops.maximum(ids - 1, 0), text.top_k, width, training, initializer)
    return keras.ops.sum(terms * there, axis=1) / keras.ops.sqrt(number)


def _l2(training: TrainingConfig) -> keras.regularizers.Regularizer:
    return keras.regularizers.L2(training.l2)


def _compile(model: keras.Model, task: str, training: TrainingConfig, scale: LabelScale) -> None:
    def squared_error(label: keras.KerasTensor, value: keras.KerasTensor) -> keras.KerasTensor:
        """The squared error in units of the label's variance, so that regularisation weighs the same for any unit."""
        return keras.ops.mean(keras.ops.square((label - value) / scale.deviation), axis=-1)

    loss = {
        "binary": keras.losses.BinaryCrossentropy(from_logits=True),
        "multiclass": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "regression": squared_error,
    }[task]
    model.compile(
        keras.optimizers.Adam(training.learning_rate),
        loss=loss,
        jit_compile=False,  # XLA compiles for longer than these small models train
        steps_per_execution=_STEPS_PER_EXECUTION,
    )
    # Otherwise the first step makes the optimizer's variables, and the graph of a step is traced twice.
    model.optimizer.build(model.trainable_variables)
