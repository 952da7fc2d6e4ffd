"""The parts of the exported model that need no training; the whole is tested in tests/e2e/test_serving.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.signatures import answer, of_one_length
from serving.model.saved_model import ModelError, SavedModel
from turnstile.model_inputs import Columns


def label(**fields):
    return Columns.model_validate({"features": {}, "label": fields}).label


def test_a_binary_answer_is_a_probability_and_the_likelier_label():
    found = answer(tf.constant([[0.0], [-2.0], [2.0]]), label(kind="binary", column="y"))
    assert found["probability"].numpy() == pytest.approx([0.5, 1 / (1 + math.e**2), 1 / (1 + math.e**-2)])
    assert found["label"].numpy().tolist() == [1, 0, 1]


def test_a_binary_label_is_1_from_the_decision_on():
    found = answer(tf.constant([[0.0], [-2.0], [-1.0]]), label(kind="binary", column="y"), 0.2)
    assert found["label"].numpy().tolist() == [1, 0, 1]


@pytest.mark.parametrize(("classes", "best"), [(["a", "b"], b"b"), ([5, 7], 7)])
def test_a_multiclass_answer_names_the_likeliest_class(classes, best):
    found = answer(tf.constant([[0.0, math.log(3)]]), label(kind="multiclass", column="y", classes=classes))
    assert found["probabilities"].numpy() == pytest.approx(np.array([[0.25, 0.75]]))
    assert found["label"].numpy().tolist() == [best]


def test_a_regression_answer_is_a_value():
    found = answer(tf.constant([[1.5], [2.5]]), label(kind="regression", column="y"))
    assert {name: tensor.numpy().tolist() for name, tensor in found.items()} == {"value": [1.5, 2.5]}


def test_a_regression_of_a_logarithm_answers_in_the_labels_own_unit():
    found = answer(tf.constant([[-0.5], [math.log(101)], [1e6]]), label(kind="regression", column="y", log=True))
    assert found["value"].numpy()[:2] == pytest.approx([0, 100], rel=1e-5)
    assert math.isfinite(found["value"].numpy()[2])


class TwoColumns(tf.Module):
    @tf.function(
        autograph=False, input_signature=[tf.TensorSpec([None], tf.float32, "a"), tf.TensorSpec([None], tf.string, "b")]
    )
    def raw(self, a, b):
        columns = of_one_length({"a": a, "b": b})
        return {"doubled": columns["a"] * 2, "length": tf.strings.length(columns["b"])}


@pytest.fixture(scope="module")
def columns(tmp_path_factory):
    folder, module = tmp_path_factory.mktemp("columns") / "1", TwoColumns()
    tf.saved_model.save(module, str(folder), signatures={"raw": module.raw})
    return SavedModel(folder)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_columns_of_one_length_are_answered_by_the_exported_graph(columns, rows):
    found = columns("raw", {"a": np.ones(rows, np.float32), "b": np.full(rows, b"xy", object)})
    assert (found["doubled"].tolist(), found["length"].tolist()) == ([2.0] * rows, [2] * rows)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ((2,), (1,), r"differ in length; there are, for a, b:\] \[2 1\]"),
        ((0,), (1,), r"for a, b:\] \[0 1\]"),
        ((2, 1), (2,), r"\[2,1\] is not compatible with expected shape \[\?\]"),
        ((), (1,), r"\[\] is not compatible"),
    ],
)
def test_columns_that_do_not_fit_each_other_are_refused_by_the_exported_graph(columns, a, b, words):
    with pytest.raises(ModelError, match=words) as error:
        columns("raw", {"a": np.ones(a, np.float32), "b": np.full(b, b"xy", object)})
    assert error.value.code == 3  # INVALID_ARGUMENT, in TensorFlow Serving too
