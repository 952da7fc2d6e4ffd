"""The parts of the exported model that need no training; the whole is tested in tests/e2e/test_serving.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from components.features import Columns
from components.signatures import MISSING_INT, answer, to_dense, to_sparse


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
    dense = to_dense(to_sparse(tf.constant(values, dtype)))
    assert np.array_equal(dense.numpy(), tf.constant(values, dtype).numpy(), equal_nan=dtype == tf.float32)


def test_only_the_first_value_of_a_row_becomes_a_raw_value():
    two = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [1.0, 2.0, 3.0], [3, 2])
    assert np.array_equal(to_dense(two).numpy(), [1.0, math.nan, 3.0], equal_nan=True)


def label(**fields):
    return Columns.model_validate({"features": {}, "label": fields}).label


def test_a_binary_answer_is_a_probability_and_the_likelier_label():
    found = answer(tf.constant([[0.0], [-2.0], [2.0]]), label(kind="binary", column="y"))
    assert found["probability"].numpy() == pytest.approx([0.5, 1 / (1 + math.e**2), 1 / (1 + math.e**-2)])
    assert found["label"].numpy().tolist() == [1, 0, 1]


@pytest.mark.parametrize(("classes", "best"), [(["a", "b"], b"b"), ([5, 7], 7)])
def test_a_multiclass_answer_names_the_likeliest_class(classes, best):
    found = answer(tf.constant([[0.0, math.log(3)]]), label(kind="multiclass", column="y", classes=classes))
    assert found["probabilities"].numpy() == pytest.approx(np.array([[0.25, 0.75]]))
    assert found["label"].numpy().tolist() == [best]


def test_a_regression_answer_is_a_value():
    found = answer(tf.constant([[1.5], [2.5]]), label(kind="regression", column="y"))
    assert {name: tensor.numpy().tolist() for name, tensor in found.items()} == {"value": [1.5, 2.5]}
