"""What Transform makes of a row, as operations that LiteRT has: what preprocess.json says, for one row."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from serving.litert import times
from turnstile.null_values import MISSING_INT

_LARGEST = np.finfo(np.float32).max
_LARGE = 2.0**64  # a power of 2, so that dividing by it rounds nothing


class Transform:
    """The transform of one row.

    Args:
        preprocess: the content of preprocess.json, in which serving.litert.limits finds no faults.

    Attributes:
        tables: of each column whose text is looked up.
    """

    def __init__(self, preprocess: Mapping[str, Any]):
        self._preprocess = preprocess
        text = {column["name"] for column in preprocess["columns"] if column["type"] == "text"}
        named = [f for f in preprocess["indices"] if f["kind"] in ("vocabulary", "boolean") and f["column"] in text]
        self.tables = {feature["column"]: _table(feature) for feature in named}

    def __call__(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Returns the numbers and indices of a row, as serving.litert.answers.answer takes them.

        Args:
            inputs: those of the signature `raw`, with a batch of 1.
        """
        row = {column["name"]: inputs[column["input"]] for column in self._preprocess["columns"]}
        made = {}
        if numbers := list(self._numbers(row)):
            made["numbers"] = tf.concat(numbers, axis=0)[None, :]
        if indices := self._preprocess["indices"]:
            begins = np.array([feature["begin"] for feature in indices], np.int32)
            made["indices"] = (tf.concat([self._index(f, row[f["column"]]) for f in indices], axis=0) + begins)[None, :]
        return made

    def _numbers(self, row: Mapping[str, tf.Tensor]) -> Iterator[tf.Tensor]:
        if numbers := self._preprocess["numbers"]:
            yield from _scores(numbers, [row[feature["column"]] for feature in numbers])
        if moments := self._preprocess["times"]:
            values = [row[feature["column"]] for feature in moments]
            yield tf.reshape(times.parts(moments, values, tf.concat(list(map(_present, values)), axis=0)), [-1])

    def _index(self, feature: Mapping[str, Any], value: tf.Tensor) -> tf.Tensor:
        if table := self.tables.get(feature["column"]):
            # LiteRT does not know what shape comes out of a table.
            return tf.reshape(tf.cast(table.lookup(value), tf.int32), [1])
        return tf.where(_present(value), _PLACES[feature["kind"]](feature, value), feature["missing"])


def _present(value: tf.Tensor) -> tf.Tensor:
    """Whether a number is there. LiteRT has no operation that knows what is finite."""
    return tf.abs(value) <= _LARGEST if value.dtype.is_floating else value != MISSING_INT


def _scores(features: Sequence[Mapping[str, Any]], values: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Returns the z-scores of numbers, then for each 1 where it is missing."""
    present = tf.concat([_present(value) for value in values], axis=0)
    numbers = tf.where(present, tf.concat([tf.cast(value, tf.float32) for value in values], axis=0), 0.0)
    if any(feature["log"] for feature in features):
        of_log = np.array([feature["log"] for feature in features])
        numbers = tf.where(of_log, tf.sign(numbers) * _log1p(tf.abs(numbers)), numbers)
    mean, deviation = (np.array([f[key] for f in features], np.float32) for key in ("mean", "deviation"))
    scores = (numbers - mean) / np.where(deviation > 0, deviation, np.float32(1))
    return [tf.where(present, scores, 0.0), 1 - tf.cast(present, tf.float32)]


def _log1p(x: tf.Tensor) -> tf.Tensor:
    """log(1 + x), which LiteRT has not, as exactly as float32 can: what 1 + x has rounded away is corrected for.

    Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 1.14.1.
    """
    # Kernels of LiteRT take the logarithms of the largest numbers for infinite.
    is_large = x > _LARGE
    rounded = tf.where(is_large, x / _LARGE, 1 + x)
    seen = rounded - 1
    corrected = (seen > 0) & (x <= _LARGE)
    factor = tf.where(corrected, x, 1.0) / tf.where(corrected, seen, 1.0)
    logarithm = tf.math.log(rounded) * factor + tf.where(is_large, math.log(_LARGE), 0.0)
    return tf.where(seen > 0, logarithm, x)


def _table(feature: Mapping[str, Any]) -> tf.lookup.StaticHashTable:
    """Returns the table of a text: the place of each word, and of "", which is missing; what it has not is unknown."""
    if feature["kind"] == "boolean":
        places, unknown = _spelled(feature), feature["missing"]
    else:
        places, unknown = {word: place for place, word in enumerate(feature["words"])}, feature["top_k"]
    places = places | {"": feature["missing"]}
    keys, values = tf.constant(list(places)), tf.constant(list(places.values()), tf.int64)
    return tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), unknown)


def _spelled(boolean: Mapping[str, Any]) -> dict[str, int]:
    """Each way to write the words of a boolean in capital and small letters, which LiteRT cannot change."""
    of_words = [(word, place) for place, key in enumerate(("no", "yes")) for word in boolean[key]]
    return {
        "".join(letters): place
        for word, place in of_words
        for letters in itertools.product(*({letter, letter.upper()} for letter in word))
    }


def _bucket(feature: Mapping[str, Any], value: tf.Tensor) -> tf.Tensor:
    reached = tf.cast(value, tf.float32) >= np.array(feature["boundaries"], np.float32)
    return tf.reduce_sum(tf.cast(reached, tf.int32), keepdims=True)


def _category(feature: Mapping[str, Any], value: tf.Tensor) -> tf.Tensor:
    size = feature["size"]
    return tf.where((value >= 0) & (value < size), tf.cast(tf.clip_by_value(value, 0, size), tf.int32), size)


def _named(feature: Mapping[str, Any], value: tf.Tensor) -> tf.Tensor:
    return _place(value, {int(word): place for place, word in enumerate(feature["words"])}, feature["top_k"])


def _truth(feature: Mapping[str, Any], value: tf.Tensor) -> tf.Tensor:
    return _place(value, {0: 0, 1: 1}, feature["missing"])


def _place(value: tf.Tensor, places: Mapping[int, int], other: int) -> tf.Tensor:
    """Looks a whole number up; tables of LiteRT take text only."""
    hits = tf.cast(tf.equal(value, np.array(list(places), np.int64)), tf.int32)
    return other + tf.reduce_sum(hits * (np.array(list(places.values()), np.int32) - other), keepdims=True)


_PLACES = {"bucket": _bucket, "categorical": _category, "vocabulary": _named, "boolean": _truth}
