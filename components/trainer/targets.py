"""What the model is fitted to: the label, or its logarithm; and how much each row weighs."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from components.trainer.labels import Labels
from components.trainer.model import LabelScale
from components.trainer.settings import TrainingConfig
from turnstile.labels import Label, MulticlassLabel, RegressionLabel


def label_scale(labels: Labels, label: Label) -> LabelScale:
    """Returns the scale of a regression's target; looks for values that are no class.

    Args:
        labels: the labels of the rows that fit the model.
        label: the label of the config.

    Raises:
        ValueError: a label is none of the configured classes.
    """
    if not isinstance(label, RegressionLabel):
        if min(labels.counts) < 0:
            raise ValueError(f"column '{label.columns[0]}' holds values that label.classes does not name")
        return LabelScale()
    numbers = labels.numbers()
    targets = np.log1p(numbers) if label.log else numbers
    return LabelScale(float(targets.mean()), float(targets.std()) or 1.0)


def class_weights(labels: Labels, label: Label, training: TrainingConfig) -> np.ndarray | None:
    """Returns the weight of a row of each class, [classes], so that all classes weigh the same; None for no weights.

    Their mean over the rows is 1, so that regularisation weighs as much as without them.
    """
    if training.class_weights == "none":
        return None
    classes = len(label.classes) if isinstance(label, MulticlassLabel) else 2
    counts = np.array([labels.counts[index] for index in range(classes)])
    return (labels.rows / (classes * np.maximum(counts, 1))).astype(np.float32)


def targets(rows: tf.data.Dataset, label: Label, weights: np.ndarray | None) -> tf.data.Dataset:
    """Turns (inputs, label) batches into what Keras fits to: (inputs, target), and the rows' weights if there are any.

    Args:
        rows: batches from TrainSplit; labels of shape [batch, 1].
        label: the label of the config.
        weights: from `class_weights`.
    """
    if isinstance(label, RegressionLabel) and label.log:
        return rows.map(lambda inputs, value: (inputs, tf.math.log1p(value)))
    if weights is not None:
        return rows.map(lambda inputs, index: (inputs, index, tf.gather(tf.constant(weights), index[:, 0])))
    return rows
