"""The Keras model: a pure factory, config in, untrained and compiled model out. No TFX here."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from components.features import Columns, model_inputs
from pipeline.config import TrainingConfig
from pipeline.config_columns import MulticlassLabel


@dataclass(frozen=True)
class LabelScale:
    """Mean and standard deviation of a regression's label, in its own units."""

    mean: float = 0.0
    deviation: float = 1.0


def build_model(columns: Columns, training: TrainingConfig, scale: LabelScale = LabelScale()) -> keras.Model:
    """Builds a wide and deep model (Cheng et al., 2016, "Wide & Deep Learning for Recommender Systems").

    The wide part is linear: a weight for each index of each integer input. The deep part sees an embedding of
    each index and the float inputs, through hidden layers. Both add up to the answer.

    Args:
        columns: features and label; they fix the inputs and the shape of the output.
        training: layer sizes, regularisation, optimizer and seed.
        scale: of a regression's label; the network learns in units of it, and answers in the label's own.

    Returns:
        A compiled model. Inputs: a dict of [batch, 1] tensors by components.features.model_inputs. Output:
        [batch, 1] logits (binary), [batch, classes] logits (multiclass), or [batch, 1] values (regression).
    """
    keras.utils.set_random_seed(training.seed)
    units = len(columns.label.classes) if isinstance(columns.label, MulticlassLabel) else 1
    inputs, numbers, embedded, wide = {}, [], [], []
    for spec in model_inputs(columns.features):
        dtype = "int64" if spec.cardinality else "float32"
        tensor = inputs[spec.name] = keras.Input((1,), name=spec.name, dtype=dtype)
        if spec.cardinality:
            embedded.append(_embedding(spec.cardinality, training.embedding_dim, training)(tensor))
            wide.append(_embedding(spec.cardinality, units, training, zero=True)(tensor))
        else:
            numbers.append(tensor)
    deep = _concatenate([*numbers, *embedded])
    for size in training.hidden_units:
        deep = keras.layers.Dense(size, activation="relu", kernel_regularizer=_l2(training))(deep)
        deep = keras.layers.Dropout(training.dropout)(deep)
    answer = keras.layers.Dense(units)(deep)
    output = keras.layers.add([answer, *wide]) if wide else answer
    if columns.label.task == "regression":
        output = keras.layers.Rescaling(scale.deviation, scale.mean)(output)
    model = keras.Model(inputs, output)
    _compile(model, columns.label.task, training, scale)
    return model


def _embedding(cardinality: int, width: int, training: TrainingConfig, zero: bool = False) -> keras.Sequential:
    initializer = "zeros" if zero else "uniform"
    return keras.Sequential(
        [
            keras.layers.Embedding(
                cardinality, width, embeddings_initializer=initializer, embeddings_regularizer=_l2(training)
            ),
            keras.layers.Flatten(),
        ]
    )


def _concatenate(tensors: list) -> keras.KerasTensor:
    return keras.layers.concatenate(tensors) if len(tensors) > 1 else tensors[0]


def _l2(training: TrainingConfig) -> keras.regularizers.Regularizer:
    return keras.regularizers.L2(training.l2)


def _compile(model: keras.Model, task: str, training: TrainingConfig, scale: LabelScale) -> None:
    def squared_error(label: keras.KerasTensor, value: keras.KerasTensor) -> keras.KerasTensor:
        """In units of the label's variance, so that regularisation weighs the same whatever the label's unit."""
        return keras.ops.mean(keras.ops.square((label - value) / scale.deviation), axis=-1)

    loss = {
        "binary": keras.losses.BinaryCrossentropy(from_logits=True),
        "multiclass": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "regression": squared_error,
    }[task]
    # XLA compiles for longer than these small models train.
    model.compile(keras.optimizers.Adam(training.learning_rate), loss=loss, jit_compile=False)
