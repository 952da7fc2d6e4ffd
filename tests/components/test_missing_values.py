"""Values that are not there, dense and sparse."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from components.missing_values import MISSING_INT, one_a_row, to_dense, to_sparse


def back(column):
    return to_dense(column, one_a_row([column]))[:, 0]


@pytest.mark.parametrize(
    ("values", "dtype", "present"),
    [
        ([1.5, math.nan, 0.0, math.inf], tf.float32, [0, 2]),
        ([3, 0, MISSING_INT], tf.int64, [0, 1]),
        (["a", "", "b"], tf.string, [0, 2]),
        ([], tf.float32, []),
    ],
)
def test_raw_values_become_what_a_parsed_example_gives(values, dtype, present):
    found = to_sparse(tf.constant(values, dtype))
    assert found.indices.numpy().tolist() == [[i, 0] for i in present]
    assert found.values.numpy().tolist() == [tf.constant(values, dtype).numpy()[i] for i in present]
    assert found.dense_shape.numpy().tolist() == [len(values), 1]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1.5, math.nan, 0.0], tf.float32),
        ([3, 0, MISSING_INT], tf.int64),
        (["a", "", "b"], tf.string),
        ([""], tf.string),
    ],
)
def test_what_a_parsed_example_gives_becomes_raw_values_again(values, dtype):
    dense = back(to_sparse(tf.constant(values, dtype)))
    assert np.array_equal(dense.numpy(), tf.constant(values, dtype).numpy(), equal_nan=dtype == tf.float32)


def test_only_the_first_value_of_a_row_becomes_a_raw_value():
    two = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [1.0, 2.0, 3.0], [3, 2])
    assert np.array_equal(back(two).numpy(), [1.0, math.nan, 3.0], equal_nan=True)


def test_a_column_may_have_another_value_where_there_is_none():
    column = to_sparse(tf.constant([1.0, math.nan]))
    assert to_dense(column, one_a_row([column]), tf.constant(7.0)).numpy().tolist() == [[1.0], [7.0]]
