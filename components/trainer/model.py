"""The Keras model: a pure factory, config in, untrained and compiled model out. No TFX here."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from components.trainer.layers import HeadsDense, MeanAnswer, PiecewiseLinear, Views
from components.trainer.settings import TrainingConfig
from turnstile.columns import Text
from turnstile.labels import MulticlassLabel
from turnstile.model_inputs import INDICES, NUMBERS, WORDS, Columns, ModelInputs, model_inputs

# Batches that TensorFlow runs between two visits to Python, which take as long as a batch of a small model.
_STEPS_PER_EXECUTION = 10
# The layers that have a row for each index of INDICES: of the deep part, and of the linear one.
INDICES_TABLES = ("indices_deep", "indices_linear")
# What 96 % of a normal distribution are between.
_QUANTILES_OF_Z_SCORES = np.linspace(-2, 2, 17)


@dataclass(frozen=True)
class LabelScale:
    """Mean and standard deviation of a regression's label, in its own units."""

    mean: float = 0.0
    deviation: float = 1.0


def build_model(
    columns: Columns,
    training: TrainingConfig,
    quantiles: np.ndarray | None = None,
    scale: LabelScale = LabelScale(),
) -> keras.Model:
    """Builds several wide and deep models that share one network (Gorishniy et al., 2025, "TabM").

    The deep part sees an embedding of each index and of each number, and the sum of those of a text's terms, through
    hidden layers that all heads share; each head has its own view of them, and its own last layer. The wide part is
    linear, the same for all heads: a weight for each index and each term (Cheng et al., 2016, "Wide & Deep Learning for
    Recommender Systems"). Both add up to the answer. In training each head answers for itself; the model's answer is
    their mean.

    Args:
        columns: features and label; they fix the inputs and the shape of the output.
        training: layer sizes, regularisation, optimizer and seed.
        quantiles: of each number, from components.trainer.train_split; without them, those of z-scores.
        scale: the scale of a regression's label; the network learns in units of it, and answers in the label's own.

    Returns:
        A compiled model. Inputs: a dict of tensors laid out by turnstile.model_inputs.model_inputs. Output:
        [batch, 1] logits (binary), [batch, classes] logits (multiclass), or [batch, 1] values (regression); in training
        with the heads in the middle, [batch, heads, ...].
    """
    keras.utils.set_random_seed(training.seed)
    units = len(columns.label.classes) if isinstance(columns.label, MulticlassLabel) else 1
    inputs, deep, linear = _embedded(model_inputs(columns), units, training, quantiles)
    output = _heads(deep, units, training)
    for part in linear:
        output = output + part[:, None, :]
    output = MeanAnswer(columns.label.task)(output)
    if columns.label.task == "regression":
        output = keras.layers.Rescaling(scale.deviation, scale.mean)(output)
    model = keras.Model(inputs, output)
    _compile(model, Loss(columns.label.task, training.loss, scale.deviation), training)
    return model


def _embedded(
    layout: ModelInputs, units: int, training: TrainingConfig, quantiles: np.ndarray | None
) -> tuple[dict[str, keras.KerasTensor], list[keras.KerasTensor], list[keras.KerasTensor]]:
    """Returns the inputs, what the deep part sees of them, [batch, ...] each, and the linear part's [batch, units]."""
    inputs, deep, linear = {}, [], []
    if layout.numbers:
        inputs[NUMBERS] = keras.Input((len(layout.numbers),), name=NUMBERS)
        if quantiles is None:
            quantiles = np.tile(_QUANTILES_OF_Z_SCORES, (len(layout.numbers), 1))
        deep.append(PiecewiseLinear(quantiles, training.number_embedding_dim)(inputs[NUMBERS]))
    if layout.indices:
        inputs[INDICES] = keras.Input((len(layout.indices),), name=INDICES, dtype="int64")
        # One table with a part for each input: a table each would make a graph of several times the size, and that is
        # where the time of a small model goes.
        *begins, rows = itertools.accumulate(layout.indices.values(), initial=0)
        index = inputs[INDICES] + np.array(begins)
        wide, narrow = INDICES_TABLES
        deep.append(keras.layers.Flatten()(_embedding(wide, index, rows, training.embedding_dim, training)))
        linear.append(keras.ops.sum(_embedding(narrow, index, rows, units, training, "zeros"), axis=1))
    for number, (ids, text) in enumerate(_texts(layout, inputs)):
        wide, narrow = words_tables(number)
        deep.append(_bag(wide, ids, text, training.embedding_dim, training))
        linear.append(_bag(narrow, ids, text, units, training, "zeros"))
    return inputs, deep, linear


def _heads(deep: list[keras.KerasTensor], units: int, training: TrainingConfig) -> keras.KerasTensor:
    """Returns each head's answer to the embedded inputs, [batch, heads, units]."""
    hidden = Views(training.heads)(keras.layers.concatenate(deep) if len(deep) > 1 else deep[0])
    for size in training.hidden_units:
        hidden = keras.layers.Dense(size, activation="relu", kernel_regularizer=_l2(training))(hidden)
        hidden = keras.layers.Dropout(training.dropout)(hidden)
    return HeadsDense(units)(hidden)


def words_tables(number: int) -> tuple[str, str]:
    """The layers that have a row for each term of a text, which is so many-th in WORDS: as INDICES_TABLES."""
    return f"words_{number}_deep", f"words_{number}_linear"


def _embedding(
    name: str, index: keras.KerasTensor, rows: int, width: int, training: TrainingConfig, initializer: str = "uniform"
) -> keras.KerasTensor:
    table = keras.layers.Embedding(
        rows, width, embeddings_initializer=initializer, embeddings_regularizer=_l2(training), name=name
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
    name: str, ids: keras.KerasTensor, text: Text, width: int, training: TrainingConfig, initializer: str = "uniform"
) -> keras.KerasTensor:
    """Adds up the embeddings of a text's terms, and divides by the square root of how many there are.

    The embeddings themselves learn which terms say much; a longer text says more than a short one, but not as much more
    as it is longer.
    """
    there = keras.ops.cast(ids > 0, "float32")[:, :, None]
    number = keras.ops.maximum(keras.ops.sum(there, axis=1), 1)
    terms = _embedding(name, keras.ops.maximum(ids - 1, 0), text.top_k, width, training, initializer)
    return keras.ops.sum(terms * there, axis=1) / keras.ops.sqrt(number)


def _l2(training: TrainingConfig) -> keras.regularizers.Regularizer | None:
    return keras.regularizers.L2(training.l2) if training.l2 else None


class Loss(keras.losses.Loss):
    """The mean of the heads' losses in training, and otherwise the loss of their one answer.

    Args:
        task: the label's task.
        regression: how errors of a regression count: "squared", or "huber" for less where they are large.
        deviation: the standard deviation of a regression's label; errors are in units of it, so that regularisation
            weighs the same for any unit.
    """

    def __init__(self, task: str, regression: str, deviation: float):
        super().__init__()
        self._task, self._regression, self._deviation = task, regression, deviation

    def call(self, label: keras.KerasTensor, answers: keras.KerasTensor) -> keras.KerasTensor:
        """Returns the loss of each row, [batch], of labels [batch, 1]."""
        answers = keras.ops.reshape(answers, (keras.ops.shape(answers)[0], -1, answers.shape[-1]))
        labels = keras.ops.repeat(label[:, None, :], keras.ops.shape(answers)[1], axis=1)
        if self._task == "multiclass":
            losses = keras.losses.sparse_categorical_crossentropy(labels[:, :, 0], answers, from_logits=True)
        elif self._task == "binary":
            losses = keras.losses.binary_crossentropy(labels, answers, from_logits=True)
        else:
            function = {"squared": keras.losses.mean_squared_error, "huber": keras.losses.huber}[self._regression]
            losses = function(labels / self._deviation, answers / self._deviation)
        return keras.ops.mean(losses, axis=1)


def _compile(model: keras.Model, loss: Loss, training: TrainingConfig) -> None:
    model.compile(
        keras.optimizers.AdamW(training.learning_rate, weight_decay=training.weight_decay),
        loss=loss,
        jit_compile=False,  # XLA compiles for longer than these small models train
        steps_per_execution=_STEPS_PER_EXECUTION,
    )
    # Otherwise the first step makes the optimizer's variables, and the graph of a step is traced twice.
    model.optimizer.build(model.trainable_variables)
