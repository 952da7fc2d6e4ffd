"""The parts of the exported model that need no training; the whole is tested in tests/e2e/test_serving.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.signatures import answer
from turnstile.model_inputs import Columns


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
