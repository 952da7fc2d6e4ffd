"""What the model is fitted to: the label or its logarithm in units of its spread, and the weight of each row."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.labels import Labels
from components.trainer.settings import TrainingConfig
from components.trainer.targets import class_weights, label_scale, targets
from turnstile.model_inputs import Columns


def label(**fields):
    return Columns.model_validate({"features": {}, "label": {"column": "y"} | fields}).label


BINARY, COLOURS = label(kind="binary"), label(kind="multiclass", classes=["red", "green", "blue"])
BALANCED = TrainingConfig(class_weights="balanced")


def test_a_regression_is_scaled_by_its_labels():
    scale = label_scale(Labels.of(np.arange(23.0)), label(kind="regression"))
    assert (scale.mean, scale.deviation) == pytest.approx((11, np.std(range(23))))
    assert label_scale(Labels.of(np.array([3.0, 3.0])), label(kind="regression")).deviation == 1


def test_with_a_logarithm_the_scale_and_the_targets_are_those_of_the_logarithm():
    scale = label_scale(Labels.of(np.expm1(np.arange(23.0))), label(kind="regression", log=True))
    assert (scale.mean, scale.deviation) == pytest.approx((11, np.std(range(23))))
    rows = tf.data.Dataset.from_tensors(({}, tf.constant([[0.0], [1.0]])))
    ((_, found),) = targets(rows, label(kind="regression", log=True), None)
    assert found.numpy().ravel() == pytest.approx([0, np.log(2)])


def test_a_label_that_is_no_class_is_refused():
    with pytest.raises(ValueError, match=r"column 'y' holds values that label\.classes does not name"):
        label_scale(Labels.of(np.array([0, -1])), COLOURS)


@pytest.mark.parametrize(
    ("labels", "of", "expected"),
    [([0] * 9 + [1], BINARY, [10 / 18, 5]), ([0, 1, 1, 2], COLOURS, [4 / 3, 2 / 3, 4 / 3])],
)
def test_balanced_rows_of_each_class_weigh_the_same_and_one_on_average(labels, of, expected):
    labels = np.array(labels)
    weights = class_weights(Labels.of(labels), of, BALANCED)
    assert weights == pytest.approx(expected)
    rows = tf.data.Dataset.from_tensors(({}, tf.constant(labels[:, np.newaxis])))
    ((_, same, found),) = targets(rows, of, weights)
    assert same.numpy().ravel().tolist() == labels.tolist()
    assert found.numpy().mean() == pytest.approx(1)
    of_classes = [found.numpy()[labels == c].sum() for c in range(len(weights))]
    assert of_classes == pytest.approx([len(labels) / len(weights)] * len(weights))


def test_rows_have_no_weight_unless_asked_for():
    assert class_weights(Labels.of(np.array([0, 1])), BINARY, TrainingConfig()) is None
