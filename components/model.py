"""The Keras model: a pure factory, config in, untrained and compiled model out. No TFX here."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import keras
import numpy as np

from components.features import Columns, ModelInput, model_inputs
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
    specs = model_inputs(columns.features)
    inputs = {s.name: keras.Input((1,), name=s.name, dtype="int64" if s.cardinality else "float32") for s in specs}
    index, rows = _shared_index(inputs, specs)
    deep = [inputs[spec.name] for spec in specs if not spec.cardinality]
    if rows:
        deep.append(keras.layers.Flatten()(_embedding(index, rows, training.embedding_dim, training)))
    deep = _concatenate(deep)
    for size in training.hidden_units:
        deep = keras.layers.Dense(size, activation="relu", kernel_regularizer=_l2(training))(deep)
        deep = keras.layers.Dropout(training.dropout)(deep)
    output = keras.layers.Dense(units)(deep)
    if rows:
        output = output + keras.ops.sum(_embedding(index, rows, units, training, "zeros"), axis=1)
    if columns.label.task == "regression":
        output = keras.layers.Rescaling(scale.deviation, scale.mean)(output)
    model = keras.Model(inputs, output)
    _compile(model, columns.label.task, training, scale)
    return model


def _shared_index(
    inputs: dict[str, keras.KerasTensor], specs: list[ModelInput]
) -> tuple[keras.KerasTensor | None, int]:
    """Joins the integer inputs into indices of one table that has a part for each of them.

    One variable to look up and to train: a table for each input would make a graph of several times the size, and that
    is where the time of a small model goes.

    Returns:
        The indices, [batch, integer inputs], and the table's number of rows; 0 where there are no integer inputs.
    """
    integers = [spec for spec in specs if spec.cardinality]
    *begins, rows = itertools.accumulate((spec.cardinality for spec in integers), initial=0)
    if not rows:
        return None, 0
    return _concatenate([inputs[spec.name] for spec in integers]) + np.array(begins), rows


def _embedding(
    index: keras.KerasTensor, rows: int, width: int, training: TrainingConfig, initializer: str = "uniform"
) -> keras.KerasTensor:
    table = keras.layers.Embedding(
        rows, width, embeddings_initializer=initializer, embeddings_regularizer=_l2(training)
    )
    return table(index)


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
