"""Transform: raw columns in, model inputs and label out, as a TensorFlow graph that training and serving share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from components.missing_values import is_present, one_a_row, to_dense
from components.transform import times, vocabularies, words
from turnstile.columns import BOOLEANS, Categorical, Numeric
from turnstile.labels import BinaryLabel, Label, MulticlassLabel, RatioAboveLabel
from turnstile.model_inputs import INDICES, LABEL, NUMBERS, WORDS, Columns, missing_index
from turnstile.null_values import MISSING_TEXT

# Amounts come as float32; a ratio that is exactly the threshold in decimals must not be above it by rounding.
# (On the taxi sample, 8 of 15,002 labels would be wrong.) Float32 has a relative precision of 6e-8.
_RATIO_TOLERANCE = 1e-6
# Of the rank of a bucket's boundary, as a share of the rows; TFT's own default for so many buckets.
_QUANTILE_ERROR = 0.01

Tensors = dict[str, tf.Tensor]


def preprocessing_fn(inputs: Mapping[str, tf.SparseTensor], custom_config: Mapping[str, Any]) -> Tensors:
    """The function TFX Transform calls.

    Args:
        inputs: raw columns, each a SparseTensor; of a row's values, the first one counts.
        custom_config: {"settings": Columns as JSON}.

    Returns:
        The inputs of the model, laid out by turnstile.model_inputs.model_inputs, and the label, [batch, 1].
    """
    columns = Columns.model_validate_json(custom_config["settings"])
    shape = one_a_row(inputs.values())
    raw = {name: to_dense(inputs[name], shape) for name in columns.features}
    outputs = {LABEL: make_label({c: inputs[c] for c in columns.label.columns}, columns.label)}
    numbers = [_numbers(raw, columns.numeric())] if columns.numeric() else []
    numbers += [times.numbers(raw, columns.times())] if columns.times() else []
    if numbers:
        outputs[NUMBERS] = tf.concat(numbers, axis=1)
    if indices := _indices(raw, columns):
        outputs[INDICES] = tf.concat(indices, axis=1)
    if texts := columns.texts():
        outputs[WORDS] = words.bags(raw, texts, columns.aliases)
    return outputs


def make_label(columns: Mapping[str, tf.SparseTensor], label: Label) -> tf.Tensor:
    """Derives the label, shape [batch, 1]: int64 class index, or float32 for a regression.

    A multiclass value that is none of the configured classes gets index -1; the data gate or, at the latest, Trainer
    refuses such data.
    """
    shape = one_a_row(columns.values())
    dense = [to_dense(columns[name], shape, tf.zeros([], columns[name].dtype)) for name in label.columns]
    if isinstance(label, RatioAboveLabel):
        numerator, denominator = (tf.cast(x, tf.float64) for x in dense)
        return tf.cast(numerator > label.threshold * denominator * (1 + _RATIO_TOLERANCE), tf.int64)
    (values,) = dense
    if isinstance(label, BinaryLabel):
        return tf.cast(_is_positive(values, label), tf.int64)
    if isinstance(label, MulticlassLabel):
        classes = tf.constant(label.classes, values.dtype)
        hit = tf.equal(values, classes[tf.newaxis, :])
        index = tf.argmax(tf.cast(hit, tf.int64), axis=1)
        return tf.where(tf.reduce_any(hit, axis=1), index, -1)[:, tf.newaxis]
    return tf.cast(values, tf.float32)


def _is_positive(values: tf.Tensor, label: BinaryLabel) -> tf.Tensor:
    if label.of_quantity and not values.dtype.is_floating:  # float32 would round integers beyond 2^24
        values = tf.cast(values, tf.float64)
    if label.above is not None:  # in the values' own precision, so that 0.1 in the data is not above 0.1
        return values > tf.constant(label.above, values.dtype)
    if label.below is not None:
        return values < tf.constant(label.below, values.dtype)
    if label.positive is None:
        return values
    if isinstance(label.positive, bool):  # text in the examples, as CSV files have it: True, TRUE or true
        return tf.equal(tf.strings.lower(values), str(label.positive).lower())
    return tf.equal(values, label.positive)


def _numbers(raw: Tensors, numeric: Mapping[str, Numeric]) -> tf.Tensor:
    """The z-score of each column, then for each 1 where it is missing; [batch, 2 * columns]."""
    values = tf.concat([tf.cast(raw[name], tf.float32) for name in numeric], axis=1)
    present = tf.concat([is_present(raw[name]) for name in numeric], axis=1)
    logarithm = tf.constant([feature.log for feature in numeric.values()])
    values = tf.where(logarithm, tf.sign(values) * tf.math.log1p(tf.abs(values)), values)
    # Transform leaves NaNs out of means and variances.
    scores = tft.scale_to_z_score(tf.where(present, values, math.nan), elementwise=True)
    # A missing value becomes 0, the mean; the indicator tells the model which zeros those are.
    return tf.concat([tf.where(present, scores, 0), 1 - tf.cast(present, tf.float32)], axis=1)


def _indices(raw: Tensors, columns: Columns) -> list[tf.Tensor]:
    """The integer inputs, [batch, 1] each or several side by side."""
    alias = columns.aliases
    indices = [_bucket(alias[name], raw[name], buckets) for name, buckets in columns.bucketized().items()]
    if named := columns.vocabularies():
        indices.append(vocabularies.indices(_texts(raw, named), named.values()))
    if categorical := columns.categorical():
        indices.append(_categories(raw, categorical))
    if booleans := columns.booleans():
        indices.append(_truths(_texts(raw, booleans)))
    return indices


def _bucket(alias: str, values: tf.Tensor, buckets: int) -> tf.Tensor:
    present, numbers = is_present(values), tf.cast(values, tf.float32)
    error = min(1 / buckets, _QUANTILE_ERROR)
    boundaries = tft.quantiles(tf.boolean_mask(numbers, present), buckets, error, name=f"{alias}_quantiles")
    return tf.where(present, tft.apply_buckets(numbers, boundaries), buckets)


def _texts(raw: Tensors, names: Iterable[str]) -> tf.Tensor:
    """Text or whole numbers as text, [batch, columns]."""
    return tf.concat([_text(raw[name]) for name in names], axis=1)


def _text(values: tf.Tensor) -> tf.Tensor:
    if values.dtype == tf.string:
        return values
    return tf.where(is_present(values), tf.strings.as_string(values), MISSING_TEXT)


def _truths(texts: tf.Tensor) -> tf.Tensor:
    """0 for false, 1 for true, 2 for what is missing or neither; [batch, columns]."""
    words = tf.strings.lower(tf.strings.strip(texts))[:, :, tf.newaxis]
    true, false = (tf.reduce_any(tf.equal(words, tf.constant(BOOLEANS[value])), axis=2) for value in (True, False))
    return tf.where(true, tf.constant(1, tf.int64), tf.where(false, tf.constant(0, tf.int64), 2))


def _categories(raw: Tensors, categorical: Mapping[str, Categorical]) -> tf.Tensor:
    values = tf.concat([tf.cast(raw[name], tf.int64) for name in categorical], axis=1)
    present = tf.concat([is_present(raw[name]) for name in categorical], axis=1)
    size = tf.constant([feature.size for feature in categorical.values()], tf.int64)
    missing = tf.constant([missing_index(feature) for feature in categorical.values()], tf.int64)
    known = tf.where((values >= 0) & (values < size), values, size)
    return tf.where(present, known, missing)
