"""What Trainer makes of the labels and of the config: steps, and the scale of a regression."""

from __future__ import annotations

import numpy as np
import pytest

from components.trainer import training
from components.trainer.settings import TrainingConfig
from turnstile.model_inputs import Columns


def test_an_epoch_is_all_rows_or_as_many_batches_as_allowed():
    settings = TrainingConfig(batch_size=10, max_steps_per_epoch=3)
    assert [training.steps_per_epoch(rows, settings) for rows in (1, 10, 11, 30, 31, 10_000)] == [1, 1, 2, 3, 3, 3]


def label(**fields):
    return Columns.model_validate({"features": {}, "label": fields}).label


def test_a_regression_is_scaled_by_its_labels():
    scale = training.label_scale(np.arange(23.0), label(kind="regression", column="y"))
    assert (scale.mean, scale.deviation) == pytest.approx((11, np.std(range(23))))
    assert training.label_scale(np.array([3.0, 3.0]), label(kind="regression", column="y")).deviation == 1


def test_a_label_that_is_no_class_is_refused():
    with pytest.raises(ValueError, match=r"column 'y' holds values that label\.classes does not name"):
        training.label_scale(np.array([0, -1]), label(kind="multiclass", column="y", classes=["a", "b"]))
