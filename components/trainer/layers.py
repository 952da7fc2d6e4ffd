"""The layers that Keras does not have: numbers in pieces, and several heads that share one network."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

# Beyond some three times the distance between the quartiles, values hardly differ any more.
_BEND = 3.0
# All farther numbers are alike, and the square of this one is still a number of float32, which ends at 3.4e38.
_FARTHEST = 1e18
# The shortest piece, in units of the inputs, z-scores: in a shorter one, the rounding of float32 would be seen.
_SHORTEST = 1e-5


class PiecewiseLinear(keras.layers.Layer):
    """Embeds each number by where it stands between the quantiles of its column, and scales it robustly.

    The embedding is linear between two quantiles (Gorishniy et al., 2022, "On Embeddings for Numerical Features in
    Tabular Deep Learning"), so that a network can bend wherever there are rows, and an outlier is worth no more than
    the largest quantile. The number itself is counted from the median in distances between the quartiles, and bends
    smoothly towards +-3 (Holzmüller et al., 2024, "Better by Default").

    Args:
        quantiles: evenly spaced quantiles of each number, from its least value to its greatest, [numbers, 4n + 1].
        width: the number of values that a number is embedded in.
    """

    def __init__(self, quantiles: np.ndarray, width: int, **kwargs: Any):
        super().__init__(**kwargs)
        numbers, edges = quantiles.shape
        quarter = (edges - 1) // 4
        lower, median, upper = (quantiles[:, i * quarter] for i in (1, 2, 3))
        half = (quantiles[:, -1] - quantiles[:, 0]) / 2
        unit = np.where(upper > lower, upper - lower, np.where(half > 0, half, 1))
        # Not constants of the graph but weights, as everything else that was learned from the rows.
        lengths = np.diff(quantiles)
        self._begins = self._fixed("begins", quantiles[:, :-1])
        self._rates = self._fixed("rates", np.where(lengths > _SHORTEST, 1 / np.maximum(lengths, _SHORTEST), 0))
        self._median, self._unit = self._fixed("median", median), self._fixed("unit", unit)
        spread = keras.initializers.RandomUniform(-((edges - 1) ** -0.5), (edges - 1) ** -0.5)
        self._slopes = self.add_weight(shape=(numbers, edges - 1, width), initializer=spread, name="slopes")
        self._offsets = self.add_weight(shape=(numbers, width), initializer="zeros", name="offsets")

    def _fixed(self, name: str, values: np.ndarray) -> keras.Variable:
        return self.add_weight(
            shape=values.shape, initializer=lambda *_, **__: ops.cast(values, "float32"), trainable=False, name=name
        )

    def call(self, numbers: Any) -> Any:
        """Returns the scaled numbers, then their embeddings: [batch, numbers * (1 + width)]."""
        # A request may be so far from what was learned that its z-score is infinite, and 0 times that is no number.
        numbers = ops.clip(numbers, -_FARTHEST, _FARTHEST)
        scaled = ops.clip((numbers - self._median) / self._unit, -_FARTHEST, _FARTHEST)
        bent = scaled / ops.sqrt(1 + ops.square(scaled / _BEND))
        pieces = ops.clip((numbers[:, :, None] - self._begins) * self._rates, 0, 1)
        embedded = ops.einsum("bnp,npw->bnw", pieces, self._slopes) + self._offsets
        return ops.concatenate([bent, ops.reshape(embedded, (-1, embedded.shape[1] * embedded.shape[2]))], axis=1)


class Views(keras.layers.Layer):
    """Gives each head its own view of the inputs: all of them, each times a learned factor that begins as 1 or -1.

    The layers after it are shared by all heads (Gorishniy et al., 2025, "TabM", the variant that they call mini).
    """

    def __init__(self, heads: int, **kwargs: Any):
        super().__init__(**kwargs)
        self._heads = heads

    def build(self, shape: tuple[int | None, int]) -> None:
        """Makes the factors, [heads, width]."""
        self._factors = self.add_weight(shape=(self._heads, shape[-1]), initializer=_signs, name="factors")

    def call(self, inputs: Any) -> Any:
        """Turns [batch, width] into [batch, heads, width]."""
        return inputs[:, None, :] * self._factors


def _signs(shape: tuple[int, ...], dtype: str | None = None) -> Any:
    """Draws 1 or -1 for each place."""
    return ops.sign(keras.random.uniform(shape, -1, 1))


class HeadsDense(keras.layers.Layer):
    """A dense layer of each head's own: [batch, heads, width] into [batch, heads, units]."""

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self._units = units

    def build(self, shape: tuple[int | None, int, int]) -> None:
        """Makes a kernel and a bias for each head."""
        _, heads, width = shape
        spread = keras.initializers.RandomUniform(-(width**-0.5), width**-0.5)
        self._kernels = self.add_weight(shape=(heads, width, self._units), initializer=spread, name="kernels")
        self._biases = self.add_weight(shape=(heads, self._units), initializer="zeros", name="biases")

    def call(self, inputs: Any) -> Any:
        """Applies each head's kernel and bias."""
        return ops.einsum("bhw,hwu->bhu", inputs, self._kernels) + self._biases


class MeanAnswer(keras.layers.Layer):
    """Makes one answer of the heads' answers, except in training: each head learns by itself, or they would all be one.

    What is averaged are the answers and not the logits: probabilities, or the values of a regression. The result is a
    logit again, so that nobody else need know that there are heads.

    Args:
        task: the label's task.
    """

    def __init__(self, task: str, **kwargs: Any):
        super().__init__(**kwargs)
        self._task = task

    def compute_output_shape(self, shape: tuple[int | None, int, int]) -> tuple[int | None, int]:
        """Returns the shape outside of training."""
        return shape[0], shape[2]

    def call(self, answers: Any, training: bool = False) -> Any:
        """Turns [batch, heads, units] into [batch, units], or leaves it in training."""
        if training:
            return answers
        if self._task == "regression":
            return ops.mean(answers, axis=1)
        if self._task == "multiclass":
            return ops.logsumexp(ops.log_softmax(answers, axis=2), axis=1)
        # The logarithms of the mean probabilities of 1 and of 0; both less the logarithm of the number of heads.
        yes, no = (ops.logsumexp(ops.log_sigmoid(sign * answers), axis=1) for sign in (1, -1))
        return yes - no
