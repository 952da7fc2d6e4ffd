"""The network as operations that LiteRT has: what network.json says, for one row.

The heads stand where a batch would: eight heads that share a layer are eight rows of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

_BEND, _FARTHEST = 3.0, 1e18  # see PiecewiseLinear in components/trainer/layers.py
_LARGEST_LOG = 88.0  # float32 ends at the exponential of 88.7
_PARTS = ("deep", "linear")  # of the network, with a table of embeddings each

Tensors = dict[str, tf.Tensor]


def answer(network: Mapping[str, Any], terms: Sequence[int], made: Mapping[str, tf.Tensor]) -> Tensors:
    """Answers a row.

    Args:
        network: the content of network.json.
        terms: of each text, how many places `words` has for it.
        made: what Transform makes of the row: `numbers`, float32 [1, numbers]; `indices`, int32 [1, indices], each the
            row of the table; `words`, int32 [1, places], -1 where there is none. A model without texts has no `words`,
            and so on.

    Returns:
        The outputs of the signature `raw`, with a batch of 1.
    """
    deep: list[tf.Tensor] = []
    linear = tf.zeros([network["heads"]["biases"]["shape"][1]])
    if "numbers" in made:
        deep += _pieces(network["numbers"], made["numbers"][0])
    if "indices" in made:
        found, weights = (tf.gather(_array(network["indices"][part]), made["indices"][0]) for part in _PARTS)
        deep.append(found)
        linear += tf.reduce_sum(weights, axis=0)
    begins = itertools.accumulate(terms, initial=0)
    for table, begin, count in zip(network["words"], begins, terms, strict=False):
        found, weights = (_bag(_array(table[part]), made["words"][0, begin : begin + count]) for part in _PARTS)
        deep.append(found)
        linear += weights
    outputs = _heads(network, tf.concat([tf.reshape(part, [1, -1]) for part in deep], axis=1)) + linear
    return _named(network["answer"], outputs)


def _array(values: Mapping[str, Any]) -> np.ndarray:
    return np.array(values["values"], np.float32).reshape(values["shape"])


def _pieces(numbers: Mapping[str, Any], values: tf.Tensor) -> list[tf.Tensor]:
    """Returns numbers bent and embedded: [numbers] and [numbers, width]."""
    near = _near(values)
    scaled = _near((near - _array(numbers["median"])) / _array(numbers["unit"]))
    bent = scaled / tf.sqrt(1 + tf.square(scaled / _BEND))
    pieces = tf.clip_by_value((near[:, None] - _array(numbers["begins"])) * _array(numbers["rates"]), 0, 1)
    return [bent, tf.matmul(pieces[:, None, :], _array(numbers["slopes"]))[:, 0, :] + _array(numbers["offsets"])]


def _near(values: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(values, -_FARTHEST, _FARTHEST)


def _bag(table: np.ndarray, places: tf.Tensor) -> tf.Tensor:
    """Adds up the rows of a text's terms, and divides by the square root of how many there are."""
    there = tf.cast(places >= 0, tf.float32)
    rows = tf.gather(table, tf.maximum(places, 0)) * there[:, None]
    return tf.reduce_sum(rows, axis=0) / tf.sqrt(tf.maximum(tf.reduce_sum(there), 1))


def _heads(network: Mapping[str, Any], deep: tf.Tensor) -> tf.Tensor:
    """Returns each head's outputs to what the deep part sees, without the linear part: [heads, units]."""
    hidden = deep * _array(network["factors"])
    for layer in network["hidden"]:
        hidden = tf.nn.relu(tf.matmul(hidden, _array(layer["kernel"])) + _array(layer["bias"]))
    kernels, biases = (_array(network["heads"][name]) for name in ("kernels", "biases"))
    return tf.matmul(hidden[:, None, :], kernels)[:, 0, :] + biases


def _named(says: Mapping[str, Any], outputs: tf.Tensor) -> Tensors:
    """Names the mean of what the heads say: probabilities, or a value."""
    said = tf.reduce_mean(_OF_HEAD[says["task"]](outputs), axis=0)
    if says["task"] == "regression":
        value = said * says["deviation"] + says["mean"]
        return {"value": tf.exp(tf.clip_by_value(value, 0, _LARGEST_LOG)) - 1 if says["log"] else value}
    if says["task"] == "binary":
        return {"probability": said, "label": tf.cast(said >= says["decision"], tf.int64)}
    classes = says["classes"]
    known = tf.constant(classes, tf.string if isinstance(classes[0], str) else tf.int64)
    return {"probabilities": said[None, :], "label": tf.gather(known, tf.argmax(said[None, :], axis=1))}


_OF_HEAD = {"binary": tf.sigmoid, "multiclass": tf.nn.softmax, "regression": tf.identity}
