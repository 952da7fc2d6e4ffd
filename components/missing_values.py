"""Tensors with missing values: told apart, marked, and turned into sparse ones and back."""

from __future__ import annotations

from collections.abc import Iterable

import tensorflow as tf

from turnstile.null_values import MISSING_FLOAT, MISSING_INT, MISSING_TEXT


def is_present(values: tf.Tensor) -> tf.Tensor:
    """Tells for each value whether it is there; an infinity counts as missing."""
    if values.dtype == tf.string:
        return tf.not_equal(values, MISSING_TEXT)
    if values.dtype.is_floating:
        return tf.math.is_finite(values)
    return tf.not_equal(values, MISSING_INT)


def missing_mark(dtype: tf.DType) -> tf.Tensor:
    """Returns the value that stands for "missing"."""
    mark = MISSING_TEXT if dtype == tf.string else MISSING_FLOAT if dtype.is_floating else MISSING_INT
    return tf.constant(mark, dtype)


def to_dense(column: tf.SparseTensor, shape: tf.Tensor, default: tf.Tensor | None = None) -> tf.Tensor:
    """Turns what parsing examples gives into a [batch, 1] tensor of each row's first value.

    Args:
        column: a column with one value in a row, or none, or several.
        shape: [batch, 1], from `one_a_row`.
        default: what stands where there is none; the mark by default.
    """
    first = tf.sparse.slice(column, [0, 0], shape)
    default = missing_mark(column.dtype) if default is None else default
    return tf.sparse.to_dense(tf.SparseTensor(first.indices, first.values, shape), default)


def one_a_row(columns: Iterable[tf.SparseTensor]) -> tf.Tensor:
    """Returns the shape [batch, 1] for any column of the same batch; made once, because each operation costs."""
    return tf.stack([next(iter(columns)).dense_shape[0], 1])


def to_sparse(values: tf.Tensor) -> tf.SparseTensor:
    """Turns a [batch] tensor into the [batch, 1] SparseTensor that parsing an example gives."""
    present = is_present(values)
    rows = tf.where(present)
    indices = tf.concat([rows, tf.zeros_like(rows)], axis=1)
    return tf.SparseTensor(indices, tf.boolean_mask(values, present), [tf.size(values, tf.int64), 1])
